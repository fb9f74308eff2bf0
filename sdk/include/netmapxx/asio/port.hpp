// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Ports in Boost.Asio programs (1.81 or later).
#ifndef NETMAPXX_ASIO_PORT_HPP
#define NETMAPXX_ASIO_PORT_HPP

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/system/error_code.hpp>

#include <netmapxx/asio/detail/operations.hpp>
#include <netmapxx/asio/detail/shared_port.hpp>
#include <netmapxx/asio/detail/tasks.hpp>
#include <netmapxx/asio/options.hpp>
#include <netmapxx/netmapxx.hpp>

namespace netmapxx::inline v1::async {

namespace detail {

template <class Token> struct default_token { using type = Token; };
template <> struct default_token<void> { using type = boost::asio::deferred_t; };
/// The executor's own default token, else `deferred`.
template <class Executor>
using default_token_t =
    typename default_token<boost::asio::default_completion_token_t<Executor>>::type;

} // namespace detail

/// @brief A port whose waits are asynchronous operations.
///
/// @snippet asio.cpp count
///
/// Operations take any completion token, last. Handlers run on their associated executor
/// (by default the port's), never inside the initiating call, and get their memory from
/// their associated allocator. All three kinds of cancellation end an operation with
/// `operation_aborted`; no packet is lost, and none is half sent. At most one operation of
/// the receiving side (waits for packets, receives) and one of the sending side (waits for
/// room, reservations, sends, flushes) may be pending; another of the same side fails with
/// `already_started`. An operation on a closed port fails with `errc::closed`; one that
/// was pending when its port was closed or destroyed ends with `operation_aborted`.
///
/// Rings are used directly, between operations: `rx_rings()`, `tx_rings()`. After tx slots
/// are committed call `sync_tx()`; nothing else sends them.
///
/// @tparam Executor executor of waits and, by default, of handlers
/// @par Ownership Move only. Closes its port when destroyed.
/// @par Thread safety Distinct objects free. One object with all its operations and its
///      rings belongs on one strand, or in a context that one thread runs. To use several
///      threads, open one port a ring (`port::open_per_ring()`).
/// @par Complexity What handlers start and finds its packets there goes on when they return,
///      up to 64 in a row before others on the executor have their turn; else an operation
///      costs one posted handler, and a sleep on the device four system calls more.
/// @since 0.1
template <class Executor = boost::asio::any_io_executor> class basic_port {
    using shared_type = detail::shared_port<Executor>;
    using boost_code = boost::system::error_code;

  public:
    /// Executor of waits and, by default, of handlers.
    using executor_type = Executor;
    /// The token of operations that are given none.
    using default_token = detail::default_token_t<Executor>;
    /// @brief The same for another executor.
    /// @since 0.1
    template <class Other> struct rebind_executor {
        using other = basic_port<Other>; ///< port of that executor
    };

    /// @brief Takes an open port over.
    /// @param executor executor of waits and, by default, of handlers
    /// @param from     open port; nobody else may wait for it
    /// @param how      its policy counts; `split_directions` needs a constructor that opens
    explicit basic_port(Executor const& executor, port&& from, reactor_options how = {})
        : shared_(std::make_shared<shared_type>(executor, std::move(from), port{}, how)) {}
    /// @brief Takes an open port over.
    /// @param context its executor is used
    /// @param from    open port; nobody else may wait for it
    /// @param how     its policy counts; `split_directions` needs a constructor that opens
    template <class Context>
    requires std::is_convertible_v<Context&, boost::asio::execution_context&>
    explicit basic_port(Context& context, port&& from, reactor_options how = {})
        : basic_port(Executor{context.get_executor()}, std::move(from), how) {}

    /// @brief Opens a port.
    /// @param executor executor of waits and, by default, of handlers
    /// @param spec     what to open
    /// @param options  how to open it
    /// @param how      how it stands in the reactor
    /// @throws error as `port` does
    explicit basic_port(Executor const& executor, port_spec const& spec,
                        open_options const& options = {}, reactor_options how = {})
        : shared_(open_shared(executor, spec, options, how)) {}
    /// @brief Parses and opens.
    /// @param executor executor of waits and, by default, of handlers
    /// @param spec     what to open, as "netmap:eth0" or "vale0:a"
    /// @param options  how to open it
    /// @param how      how it stands in the reactor
    /// @throws port_spec_error if `spec` violates the grammar
    /// @throws error as `port` does
    explicit basic_port(Executor const& executor, std::string_view spec,
                        open_options const& options = {}, reactor_options how = {})
        : basic_port(executor, port_spec{spec}, options, how) {}
    /// @brief Opens a port.
    /// @param context its executor is used
    /// @param spec    what to open
    /// @param options how to open it
    /// @param how     how it stands in the reactor
    /// @throws error as `port` does
    template <class Context>
    requires std::is_convertible_v<Context&, boost::asio::execution_context&>
    explicit basic_port(Context& context, port_spec const& spec, open_options const& options = {},
                        reactor_options how = {})
        : basic_port(Executor{context.get_executor()}, spec, options, how) {}
    /// @brief Opens a port.
    /// @param context its executor is used
    /// @param spec    what to open
    /// @param options how to open it
    /// @param how     how it stands in the reactor
    /// @throws error as `port` does
    template <class Context>
    requires std::is_convertible_v<Context&, boost::asio::execution_context&>
    explicit basic_port(Context& context, std::string_view spec, open_options const& options = {},
                        reactor_options how = {})
        : basic_port(Executor{context.get_executor()}, port_spec{spec}, options, how) {}

    /// @brief Takes the port of another executor over; what is pending there ends.
    /// @param other its port; closed then
    template <class Other>
    requires(!std::is_same_v<Other, Executor> &&
             std::is_convertible_v<Other, Executor>) explicit basic_port(basic_port<Other>&& other)
        : shared_(convert(std::move(other))) {}

    /// Takes the port over with what is pending; `other` is closed then.
    basic_port(basic_port&&) noexcept = default;
    /// Closes the own port and takes the other over.
    basic_port& operator=(basic_port&& other) noexcept {
        if (this != &other) {
            close();
            shared_ = std::move(other.shared_);
        }
        return *this;
    }
    basic_port(basic_port const&) = delete;
    basic_port& operator=(basic_port const&) = delete;
    /// Closes as close() does.
    ~basic_port() { close(); }

    /// Executor of waits and, by default, of handlers. Not of one that was moved from.
    [[nodiscard]] executor_type get_executor() const noexcept { return shared_->executor(); }
    /// True until closed.
    [[nodiscard]] bool is_open() const noexcept { return shared_ && shared_->is_open(); }

    /// The port underneath; with split directions the one that receives. Do not wait for,
    /// close or move it while operations are pending.
    [[nodiscard]] port& lowest_port() noexcept { return shared_->side(direction::rx); }
    /// The port that receives.
    [[nodiscard]] port& receiver() noexcept { return shared_->side(direction::rx); }
    /// The port that sends; the same one unless the directions are split.
    [[nodiscard]] port& sender() noexcept { return shared_->side(direction::tx); }
    /// All bound rx rings, NIC rings first.
    [[nodiscard]] std::span<rx_ring const> rx_rings() noexcept { return receiver().rx_rings(); }
    /// All bound tx rings, NIC rings first.
    [[nodiscard]] std::span<tx_ring const> tx_rings() noexcept { return sender().tx_rings(); }

    /// @brief Hands committed slots over for sending and reclaims finished ones.
    /// @throws error closed, port_gone, ring_reset
    void sync_tx() { sender().sync_tx(); }
    /// @copydoc sync_tx()
    /// @param ec receives the error instead
    void sync_tx(std::error_code& ec) noexcept { sender().sync_tx(ec); }
    /// @brief Returns released slots to the core and fetches new packets. Waits do it
    ///        anyway, before they sleep.
    /// @throws error closed, port_gone, ring_reset
    void sync_rx() { receiver().sync_rx(); }
    /// @copydoc sync_rx()
    /// @param ec receives the error instead
    void sync_rx(std::error_code& ec) noexcept { receiver().sync_rx(ec); }

    /// Ends all pending operations with `operation_aborted`.
    void cancel() noexcept {
        if (shared_)
            shared_->cancel();
    }
    /// Ends all pending operations with `operation_aborted`, and closes the port. Ring
    /// views and batches are dead.
    void close() noexcept {
        if (shared_)
            shared_->close();
    }
    /// Ends all pending operations, and gives the port away; with split directions the one
    /// that receives, and the other closes.
    [[nodiscard]] port release() noexcept {
        port out = shared_ ? port{shared_->release()} : port{};
        close();
        return out;
    }

    /// @brief Waits until some rx ring has packets, beyond what `rx_ring::hold()` kept.
    /// @param token completion token of `void(error_code)`
    /// @return what the token says
    /// @par Errors errc::port_gone, errc::ring_reset, errc::no_such_ring, and those of all
    ///      operations (see the class)
    template <boost::asio::completion_token_for<void(boost_code)> Token = default_token>
    auto async_wait_readable(Token&& token = Token{}) {
        return start<void(boost_code)>(detail::wait_task<direction::rx>{}, token);
    }

    /// @brief Waits until some tx ring has room.
    /// @param min_slots free slots one ring must have, at most its size - 1
    /// @param token     completion token of `void(error_code)`
    /// @return what the token says
    /// @par Errors as async_wait_readable()
    template <boost::asio::completion_token_for<void(boost_code)> Token = default_token>
    auto async_wait_writable(std::size_t min_slots, Token&& token = Token{}) {
        return start<void(boost_code)>(detail::wait_task<direction::tx>{min_slots}, token);
    }

    /// @brief Receives what one ring has; rings are served in turn.
    ///
    /// Nothing is consumed: release the batch when its packets are done with. One that is
    /// not released comes again with the next operation.
    ///
    /// @param max_slots most slots of the batch, all_slots for all
    /// @param token     completion token of `void(error_code, rx_batch)`
    /// @return what the token says
    /// @par Errors as async_wait_readable()
    template <boost::asio::completion_token_for<void(boost_code, rx_batch)> Token = default_token>
    auto async_receive_batch(std::size_t max_slots, Token&& token = Token{}) {
        return start<void(boost_code, rx_batch)>(
            detail::receive_batch_task{std::max<std::size_t>(max_slots, 1)}, token);
    }

    /// @brief Receives one packet by copying it, and releases it.
    /// @param into  where to; must stay valid until completion
    /// @param token completion token of `void(error_code, std::size_t)`: the packet's bytes
    /// @return what the token says
    /// @par Errors errc::packet_too_large, with the packet's size and the packet kept, and
    ///      those of async_wait_readable()
    template <
        boost::asio::completion_token_for<void(boost_code, std::size_t)> Token = default_token>
    auto async_receive(boost::asio::mutable_buffer into, Token&& token = Token{}) {
        return start<void(boost_code, std::size_t)>(detail::receive_task{into}, token);
    }

    /// @brief Reserves slots of one ring, as soon as there are that many. Fill them,
    ///        commit, and call sync_tx().
    /// @param slots how many, at most the ring's size - 1
    /// @param token completion token of `void(error_code, tx_batch)`
    /// @return what the token says
    /// @par Errors errc::packet_too_large for more than a ring has, and those of
    ///      async_wait_readable()
    template <boost::asio::completion_token_for<void(boost_code, tx_batch)> Token = default_token>
    auto async_reserve(std::size_t slots, Token&& token = Token{}) {
        return start<void(boost_code, tx_batch)>(detail::reserve_task{slots}, token);
    }

    /// @brief Sends one packet: queued whole, on the next ring with room, and synced.
    /// @param packet its bytes, in one buffer or a sequence; must stay valid until completion
    /// @param token  completion token of `void(error_code, std::size_t)`: the packet's bytes
    /// @return what the token says
    /// @par Errors errc::packet_too_large, and those of async_wait_readable()
    template <class ConstBuffers, boost::asio::completion_token_for<void(boost_code, std::size_t)>
                                      Token = default_token>
    requires boost::asio::is_const_buffer_sequence<ConstBuffers>::value auto
    async_send(ConstBuffers const& packet, Token&& token = Token{}) {
        return start<void(boost_code, std::size_t)>(detail::send_task<ConstBuffers>{packet}, token);
    }

    /// @brief Waits until all committed slots are sent: syncs now and then, at first every
    ///        10 microseconds, later every millisecond.
    /// @param token completion token of `void(error_code)`
    /// @return what the token says
    /// @par Errors as async_wait_readable()
    template <boost::asio::completion_token_for<void(boost_code)> Token = default_token>
    auto async_flush(Token&& token = Token{}) {
        return start<void(boost_code)>(detail::flush_task{}, token);
    }

  private:
    template <class> friend class basic_port;

    template <class Signature, class Task, class Token> auto start(Task task, Token& token) {
        return boost::asio::async_initiate<Token, Signature>(detail::starter<Executor>{shared_},
                                                             token, std::move(task));
    }

    [[nodiscard]] static std::shared_ptr<shared_type> open_shared(Executor const& executor,
                                                                  port_spec const& spec,
                                                                  open_options options,
                                                                  reactor_options how) {
        port sender;
        if (how.split_directions) {
            options.directions = direction_set::tx;
            sender = port{spec, options};
            options.directions = direction_set::rx;
            options.backend = sender.info().backend;
            options.share = sender.memory();
        }
        return std::make_shared<shared_type>(executor, port{spec, options}, std::move(sender), how);
    }

    template <class Other>
    [[nodiscard]] static std::shared_ptr<shared_type> convert(basic_port<Other>&& other) {
        auto& from = *other.shared_;
        Executor const executor{from.executor()};
        port receiver{from.release()};
        return std::make_shared<shared_type>(executor, std::move(receiver), from.take_sender(),
                                             from.options());
    }

    std::shared_ptr<shared_type> shared_;
};

} // namespace netmapxx::inline v1::async

namespace netmapxx::inline v1 {

/// A port on any executor.
/// @since 0.1
using async_port = async::basic_port<>;

} // namespace netmapxx::inline v1

#endif // NETMAPXX_ASIO_PORT_HPP
