// SPDX-License-Identifier: BSD-2-Clause
// The matrix for these completion tokens.
#include "matrix.hpp"

namespace netmapxx_tests {

using bound_tokens = testing::Types<append_token, prepend_token, consign_token, bind_executor_token,
                                    bind_cancellation_slot_token, bind_allocator_token>;
INSTANTIATE_TYPED_TEST_SUITE_P(bound, asio_matrix, bound_tokens, token_name);

} // namespace netmapxx_tests
