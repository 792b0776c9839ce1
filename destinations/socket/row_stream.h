#pragma once

#include <memory>

#include "base/error.h"
#include "destinations/socket/channel.h"

namespace arrow {
class RecordBatchReader;
}

namespace lakeflow {

// Sends the rows, batch by batch as they are made, and then whether all of them came. An error is one of the channel: the other end
// is gone or too slow.
Status send_rows(arrow::RecordBatchReader& rows, Channel& channel);

// The other end: rows as they come. The reader fails where the sender said that it had failed, or was cut off.
Result<std::shared_ptr<arrow::RecordBatchReader>> receive_rows(Channel channel);

}  // namespace lakeflow
