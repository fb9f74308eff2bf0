# SPDX-License-Identifier: BSD-2-Clause
# What Doxygen reads instead of a header. Lines stay lines, so that warnings
# name the right one.

# The inline namespace is a matter of the binary interface; readers write netmapxx::port.
s/::inline v1//
# Headings of our comments: the text follows on the same line, and is no part of the heading.
s/@par Ownership /@ownership /
s/@par Thread safety /@threadsafety /
s/@par Complexity /@complexity /
s/@par Errors /@errors /
# Specialisations of variable templates, which it takes for mistakes.
s/^template <> inline constexpr bool std::ranges::enable_borrowed_range.*//
/^template <>$/{
N
s/^template <>\ninline constexpr bool std::ranges::enable_borrowed_range.*/\n/
}
