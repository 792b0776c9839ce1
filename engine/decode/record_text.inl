// Included once for each set of vector instructions, after text_block.inl: hence no guard. What stands in a record between
// the values: white space, strings, what is passed over.

HWY_BEFORE_NAMESPACE();
namespace lakeflow::HWY_NAMESPACE {
namespace {

// The text of one record. Each function takes the place where its part begins and returns where that ends, nullptr after fail().
class RecordText {
 public:
  RecordText(std::string_view record, WalkOutcome& outcome) : begin_(record.data()), end_(record.data() + record.size()), outcome_(outcome) {}

  const char* begin() const { return begin_; }
  const char* end() const { return end_; }

  // The record is a reject, for what stands at `p`.
  const char* fail(const char* p, const char* reason = "invalid_json") {
    outcome_.reason = reason;
    outcome_.byte = static_cast<std::size_t>((p < end_ ? p : end_) - begin_);
    return nullptr;
  }

  HWY_INLINE const char* skip_space(const char* p) const { return static_cast<unsigned char>(*p) > ' ' ? p : skip_some_space(p); }

  const char* skip_value(const char* p, int depth) {
    const SkippedValue skipped = skip_json_value(p, end_, depth);
    outcome_.not_ascii |= skipped.not_ascii;
    return skipped.end == nullptr ? fail(skipped.wrong, skipped.reason) : skipped.end;
  }

  // The rest of a string, from somewhere inside it, to the end of the column's data. `whole` becomes false where it has no UTF-8.
  HWY_NOINLINE const char* copy_string(const char* p, BufferPool& pool, Column& column, bool& whole) {
    bool ascii = true;
    for (;;) {  // ends at the closing quote, or at the record's end
      if (p >= end_) {
        return fail(p);
      }
      column.reserve_data(pool, kBlock + kMostEscaped);
      std::uint8_t* const out = column.data + column.data_size;
      const auto block = hn::LoadU(Bytes(), bytes_of(p));
      hn::StoreU(block, Bytes(), out);
      const std::size_t size = ascii ? plain_prefix<true>(block) : plain_prefix<false>(block);
      column.data_size += size;
      p += size;
      if (p >= end_) {
        return fail(p);
      }
      if (size == kBlock) {
        continue;
      }
      const auto c = static_cast<unsigned char>(*p);
      if (c == '"') {
        return p + 1;
      }
      if (c == '\\') {
        const JsonEscape escape = read_escape(p, column.data + column.data_size);
        if (escape.end == nullptr) {
          return fail(p);
        }
        whole = whole && escape.written > 0;
        column.data_size += static_cast<std::size_t>(escape.written);
        p = escape.end;
      } else if (c >= 0x80) {
        ascii = false;
        outcome_.not_ascii = true;
      } else {
        return fail(p);
      }
    }
  }

  // From behind the opening quote: the text, escapes resolved, valid until the next string is read; no data where it has no UTF-8.
  HWY_INLINE const char* string(const char* p, std::string_view& text) {
    const std::size_t size = plain_prefix<true>(p);
    if (size < kBlock && p[size] == '"') [[likely]] {
      text = {p, size};
      return p + size + 1;
    }
    return long_string(p, text);
  }

 private:
  // A call, as machines write no space, and a test for it keeps registers from those who do without.
  HWY_NOINLINE const char* skip_some_space(const char* p) const {
    while (p < end_ && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
      ++p;
    }
    return p;
  }

  HWY_NOINLINE const char* long_string(const char* p, std::string_view& text) {
    std::string& unescaped = outcome_.unescaped;
    unescaped.clear();
    bool whole = true;
    const char* rest = p;  // what is not in `unescaped` yet
    for (;;) {             // ends at the closing quote, or at the record's end
      p += outcome_.not_ascii ? plain_prefix<false>(p) : plain_prefix<true>(p);
      if (p >= end_) {
        return fail(p);
      }
      const auto c = static_cast<unsigned char>(*p);
      if (c == '"') {
        break;
      }
      if (c == '\\') {
        std::uint8_t bytes[kMostEscaped];
        const JsonEscape escape = read_escape(p, bytes);
        if (escape.end == nullptr) {
          return fail(p);
        }
        whole = whole && escape.written > 0;
        unescaped.append(rest, p);
        unescaped.append(bytes, bytes + escape.written);
        rest = p = escape.end;
      } else if (c >= 0x80) {
        outcome_.not_ascii = true;
      } else if (c < 0x20) {
        return fail(p);
      }
    }
    unescaped.append(rest, p);
    text = whole ? std::string_view(unescaped) : std::string_view();
    return p + 1;
  }

  const char* begin_;
  const char* end_;
  WalkOutcome& outcome_;
};

}  // namespace
}  // namespace lakeflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
