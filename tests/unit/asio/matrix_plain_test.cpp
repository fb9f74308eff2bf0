// SPDX-License-Identifier: BSD-2-Clause
// The matrix for these completion tokens.
#include "matrix.hpp"

namespace netmapxx_tests {

using plain_tokens =
    testing::Types<callback_token, move_only_token, use_future_token, deferred_token>;
INSTANTIATE_TYPED_TEST_SUITE_P(plain, asio_matrix, plain_tokens, token_name);

} // namespace netmapxx_tests
