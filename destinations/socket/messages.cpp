#include "destinations/socket/messages.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace lakeflow {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;

constexpr std::array<std::pair<Question::About, std::string_view>, 6> kSubjects = {{{Question::About::kDescription, "description"},
                                                                                    {Question::About::kProcessState, "process_state"},
                                                                                    {Question::About::kQuery, "query"},
                                                                                    {Question::About::kState, "state"},
                                                                                    {Question::About::kStates, "states"},
                                                                                    {Question::About::kBackup, "backup"}}};

Error not_understood() {
  return Error::internal("the process that holds the destination and this command don't understand each other",
                         "run the same version of lakeflow on both ends");
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

ErrorKind kind_of(std::string_view name) {
  for (const ErrorKind kind : {ErrorKind::kUser, ErrorKind::kSource, ErrorKind::kData, ErrorKind::kDestination, ErrorKind::kInterrupted}) {
    if (name == error_kind_name(kind)) {
      return kind;
    }
  }
  return ErrorKind::kInternal;
}

}  // namespace

std::string encode(const Question& question) {
  std::string_view about;
  for (const auto& [subject, name] : kSubjects) {
    about = subject == question.about ? name : about;
  }
  return dump({{"version", kVersion},
               {"about", about},
               {"text", question.text},
               {"owner", {question.owner.pipeline, question.owner.source_table, question.owner.destination_table}}});
}

std::string encode(const Answer& answer) {
  Json json = {{"rows", answer.rows}, {"text", answer.text}};
  if (answer.error) {
    json["error"] = {{"kind", error_kind_name(answer.error->kind())}, {"message", answer.error->message()}, {"next", answer.error->next_step()}};
  }
  return dump(json);
}

Result<Question> decode_question(std::string_view frame) {
  try {
    const Json json = Json::parse(frame);
    if (json.at("version") == kVersion) {
      for (const auto& [subject, name] : kSubjects) {
        if (json.at("about") == name) {
          const Json& owner = json.at("owner");
          return Question{.about = subject, .text = json.at("text"), .owner = {owner.at(0), owner.at(1), owner.at(2)}};
        }
      }
    }
  } catch (const Json::exception&) {  // said below
  }
  return std::unexpected(not_understood());
}

Result<Answer> decode_answer(std::string_view frame) {
  try {
    const Json json = Json::parse(frame);
    Answer answer{.rows = json.at("rows"), .text = json.at("text"), .error = {}};
    if (const auto error = json.find("error"); error != json.end()) {
      answer.error = Error(kind_of(error->at("kind").get<std::string>()), error->at("message"), error->at("next"));
    }
    return answer;
  } catch (const Json::exception&) {
    return std::unexpected(not_understood());
  }
}

}  // namespace lakeflow
