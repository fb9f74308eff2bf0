// SPDX-License-Identifier: BSD-2-Clause
#include "nm-capture/recorder.hpp"

#include <utility>

namespace netmapxx::apps::capture {

/** The present chunk goes to the writer even if there is no other: it is full. */
bool recorder::next_chunk() noexcept {
    if (chunk_ != nullptr)
        round_.put_full(std::exchange(chunk_, nullptr));
    chunk_ = round_.take_empty();
    return chunk_ != nullptr;
}

void recorder::flush() {
    if (chunk_ != nullptr && !chunk_->empty() && round_.has_empty())
        round_.put_full(std::exchange(chunk_, nullptr));
}

void recorder::finish() {
    if (chunk_ != nullptr)
        round_.put_full(std::exchange(chunk_, nullptr));
    round_.close();
}

} // namespace netmapxx::apps::capture
