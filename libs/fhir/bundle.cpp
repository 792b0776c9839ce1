#include "libs/fhir/bundle.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <simdjson.h>

namespace lakeflow::fhir {
namespace {

using simdjson::SUCCESS;
using simdjson::ondemand::array;
using simdjson::ondemand::field;
using simdjson::ondemand::object;
using simdjson::ondemand::value;

// Every function here returns simdjson's error code; a value of another type than FHIR has is left out, not an error.
using Code = simdjson::error_code;

#define FHIR_TRY(expression)                               \
  do {                                                     \
    if (const Code code = (expression); code != SUCCESS) { \
      return code;                                         \
    }                                                      \
  } while (false)

template <typename Visit>
Code for_each_field(object& from, Visit&& visit) {
  for (auto result : from) {
    field member;
    FHIR_TRY(std::move(result).get(member));
    std::string_view key;
    FHIR_TRY(member.unescaped_key(false).get(key));
    FHIR_TRY(visit(key, member.value()));
  }
  return SUCCESS;
}

template <typename Visit>
Code for_each_object(value& from, Visit&& visit) {
  array items;
  if (const Code code = from.get_array().get(items); code != SUCCESS) {
    return code == simdjson::INCORRECT_TYPE ? SUCCESS : code;
  }
  for (auto result : items) {
    value item;
    FHIR_TRY(std::move(result).get(item));
    object found;
    if (const Code code = item.get_object().get(found); code == simdjson::INCORRECT_TYPE) {
      continue;
    } else if (code != SUCCESS) {
      return code;
    }
    FHIR_TRY(visit(found));
  }
  return SUCCESS;
}

Code read_text(value& from, std::string& text) {
  std::string_view view;
  if (const Code code = from.get_string(true).get(view); code != SUCCESS) {
    return code == simdjson::INCORRECT_TYPE ? SUCCESS : code;
  }
  text = view;
  return SUCCESS;
}

// The object's bytes, from bracket to bracket, after its members were visited.
Code read_bytes(object& from, std::string_view& bytes) {
  FHIR_TRY(from.raw_json().get(bytes));
  bytes = bytes.substr(0, bytes.find_last_of('}') + 1);
  return SUCCESS;
}

Code read_meta(value& from, BundleEntry& entry) {
  object meta;
  if (const Code code = from.get_object().get(meta); code != SUCCESS) {
    return code == simdjson::INCORRECT_TYPE ? SUCCESS : code;
  }
  return for_each_field(meta, [&entry](std::string_view key, value& member) {
    return key == "versionId" ? read_text(member, entry.version_id) : key == "lastUpdated" ? read_text(member, entry.last_updated) : SUCCESS;
  });
}

Code read_resource(value& from, BundleEntry& entry) {
  object resource;
  if (const Code code = from.get_object().get(resource); code != SUCCESS) {
    return code == simdjson::INCORRECT_TYPE ? SUCCESS : code;
  }
  FHIR_TRY(for_each_field(resource, [&entry](std::string_view key, value& member) {
    return key == "resourceType" ? read_text(member, entry.resource_type)
           : key == "id"         ? read_text(member, entry.id)
           : key == "meta"       ? read_meta(member, entry)
                                 : SUCCESS;
  }));
  return read_bytes(resource, entry.resource);
}

Code read_search(value& from, BundleEntry& entry) {
  object search;
  if (const Code code = from.get_object().get(search); code != SUCCESS) {
    return code == simdjson::INCORRECT_TYPE ? SUCCESS : code;
  }
  return for_each_field(search, [&entry](std::string_view key, value& member) -> Code {
    if (key == "mode") {
      std::string mode;
      FHIR_TRY(read_text(member, mode));
      entry.mode = mode == "match"     ? SearchMode::kMatch
                   : mode == "include" ? SearchMode::kInclude
                   : mode == "outcome" ? SearchMode::kOutcome
                                       : SearchMode::kUnsaid;
    }
    return SUCCESS;
  });
}

Code read_request(value& from, BundleEntry& entry) {
  object request;
  if (const Code code = from.get_object().get(request); code != SUCCESS) {
    return code == simdjson::INCORRECT_TYPE ? SUCCESS : code;
  }
  return for_each_field(request, [&entry](std::string_view key, value& member) {
    return key == "method" ? read_text(member, entry.method) : key == "url" ? read_text(member, entry.request_url) : SUCCESS;
  });
}

Code read_response(value& from, BundleEntry& entry) {
  object response;
  if (const Code code = from.get_object().get(response); code != SUCCESS) {
    return code == simdjson::INCORRECT_TYPE ? SUCCESS : code;
  }
  return for_each_field(response, [&entry](std::string_view key, value& member) {
    return key == "status"         ? read_text(member, entry.status)
           : key == "etag"         ? read_text(member, entry.etag)
           : key == "lastModified" ? read_text(member, entry.last_modified)
                                   : SUCCESS;
  });
}

Code read_entry(object& from, Answer& answer) {
  BundleEntry& entry = answer.entries.emplace_back();
  int resources = 0;
  FHIR_TRY(for_each_field(from, [&entry, &resources](std::string_view key, value& member) {
    resources += key == "resource" ? 1 : 0;
    return key == "resource"   ? read_resource(member, entry)
           : key == "search"   ? read_search(member, entry)
           : key == "fullUrl"  ? read_text(member, entry.full_url)
           : key == "request"  ? read_request(member, entry)
           : key == "response" ? read_response(member, entry)
                               : SUCCESS;
  }));
  if (resources > 1) {
    // Nobody knows which one is meant, and the first one's id would name the second: the entry counts as one without.
    entry.resource = {};
    for (std::string* const text : {&entry.resource_type, &entry.id, &entry.version_id, &entry.last_updated}) {
      text->clear();
    }
  }
  return read_bytes(from, entry.bytes);
}

Code read_link(object& from, Answer& answer) {
  std::string relation;
  std::string url;
  FHIR_TRY(for_each_field(from, [&](std::string_view key, value& member) {
    return key == "relation" ? read_text(member, relation) : key == "url" ? read_text(member, url) : SUCCESS;
  }));
  if (relation == "self") {
    answer.self_link = std::move(url);
  } else if (relation == "next") {
    answer.next_link = std::move(url);
  }
  return SUCCESS;
}

Code read_issue(object& from, Answer& answer) {
  std::string severity;
  std::string code_text;
  FHIR_TRY(for_each_field(from, [&](std::string_view key, value& member) {
    return key == "severity" ? read_text(member, severity) : key == "code" ? read_text(member, code_text) : SUCCESS;
  }));
  answer.issues.push_back(fmt::format("{}/{}", severity, code_text));
  return SUCCESS;
}

Code read_answer(object& from, Answer& answer) {
  return for_each_field(from, [&answer](std::string_view key, value& member) {
    if (key == "resourceType") {
      return read_text(member, answer.resource_type);
    }
    if (key == "entry") {
      return for_each_object(member, [&answer](object& entry) { return read_entry(entry, answer); });
    }
    if (key == "link") {
      return for_each_object(member, [&answer](object& link) { return read_link(link, answer); });
    }
    if (key == "total") {
      std::uint64_t total = 0;
      if (member.get_uint64().get(total) == SUCCESS) {
        answer.total = total;
      }
      return SUCCESS;
    }
    if (key == "issue") {
      return for_each_object(member, [&answer](object& issue) { return read_issue(issue, answer); });
    }
    return SUCCESS;
  });
}

#undef FHIR_TRY

}  // namespace

struct AnswerParser::Parser {
  simdjson::ondemand::parser simdjson;
};

AnswerParser::AnswerParser() : parser_(std::make_unique<Parser>()) {}
AnswerParser::~AnswerParser() = default;

Result<Answer> AnswerParser::parse(std::string_view json) {
  Answer answer;
  simdjson::ondemand::document document;
  object root;
  Code code = parser_->simdjson.iterate(json.data(), json.size(), json.size() + simdjson::SIMDJSON_PADDING).get(document);
  if (code == SUCCESS) {
    code = document.get_object().get(root);
  }
  if (code == SUCCESS) {
    code = read_answer(root, answer);
  }
  if (code == SUCCESS && !document.at_end()) {
    code = simdjson::TRAILING_CONTENT;
  }
  if (code != SUCCESS) {
    return std::unexpected(Error::data(fmt::format("no readable JSON object ({})", simdjson::error_message(code))));
  }
  return answer;
}

std::string issues_text(const Answer& answer) { return fmt::format("{}", fmt::join(answer.issues, ", ")); }

}  // namespace lakeflow::fhir
