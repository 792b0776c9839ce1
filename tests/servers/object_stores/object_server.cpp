#include "tests/servers/object_stores/object_server.h"

#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <httplib.h>

namespace lakeflow {
namespace {

const std::string kFolder = LAKEFLOW_SOURCE_DIR "/.deps/servers/object_stores";

// By itself the emulator serves one connection at a time, and a client that reads a large object needs several.
constexpr const char* kGcsEmulator =
    "import http.server; http.server.HTTPServer = http.server.ThreadingHTTPServer; "
    "from gcp_storage_emulator.__main__ import main; import sys; sys.exit(main())";

std::vector<std::string> command_of(ObjectServer::Kind kind, const std::string& port) {
  switch (kind) {
    case ObjectServer::Kind::kMoto: return {kFolder + "/moto/bin/moto_server", "-H", "127.0.0.1", "-p", port};
    case ObjectServer::Kind::kGcs:
      return {kFolder + "/gcs/bin/python", "-c", kGcsEmulator, "start", "--host", "127.0.0.1", "--port", port, "--in-memory"};
    case ObjectServer::Kind::kAzurite: break;
  }
  return {"node",
          kFolder + "/azurite/node_modules/.bin/azurite-blob",
          "--silent",
          "--inMemoryPersistence",
          "--blobHost",
          "127.0.0.1",
          "--blobPort",
          port,
          "--skipApiVersionCheck"};
}

}  // namespace

std::string_view ObjectServer::name_of(Kind kind) { return kind == Kind::kMoto ? "moto" : kind == Kind::kAzurite ? "azurite" : "gcs"; }

bool ObjectServer::installed() { return std::filesystem::exists(kFolder + "/complete"); }

std::string ObjectServer::url() const { return fmt::format("http://127.0.0.1:{}", port()); }

Result<std::unique_ptr<ObjectServer>> ObjectServer::start(Kind kind) {
  LAKEFLOW_ASSIGN(std::unique_ptr<ServerProcess> process,
                  ServerProcess::start({.name = std::string(name_of(kind)),
                                        .command = [kind](int port) { return command_of(kind, std::to_string(port)); },
                                        .answers = [](int port) { return bool{httplib::Client("127.0.0.1", port).Get("/")}; }}));
  return std::unique_ptr<ObjectServer>(new ObjectServer(std::move(process)));
}

}  // namespace lakeflow
