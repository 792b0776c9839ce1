#include <openssl/ssl.h>

#include "libs/http/certificate_request_internal.h"

namespace lakeflow {

void CertificateRequest::listen(CURL* easy) {
  seen_ = false;
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &seen_);
  curl_easy_setopt(
      easy, CURLOPT_SSL_CTX_FUNCTION, +[](CURL*, void* context, void* seen) {
        // OpenSSL calls it when the certificate is asked for, before it looks whether it was given one.
        SSL_CTX_set_cert_cb(
            static_cast<SSL_CTX*>(context),
            [](SSL*, void* noted) {
              *static_cast<bool*>(noted) = true;
              return 1;
            },
            seen);
        return CURLE_OK;
      });
}

}  // namespace lakeflow
