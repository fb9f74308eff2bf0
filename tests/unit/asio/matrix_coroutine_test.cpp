// SPDX-License-Identifier: BSD-2-Clause
// The matrix for these completion tokens.
#include "matrix.hpp"

namespace netmapxx_tests {

using coroutine_tokens =
    testing::Types<use_awaitable_token, as_tuple_token, redirect_error_token, default_token>;
INSTANTIATE_TYPED_TEST_SUITE_P(coroutine, asio_matrix, coroutine_tokens, token_name);

} // namespace netmapxx_tests
