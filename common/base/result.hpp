// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value or an Error. Mirrors std::expected's names, so that it can become an alias one day.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace su {

/// What kind of failure it is. Code branches on this, never on a message's text.
enum class Errc {
    internal,     ///< a broken assumption of ours
    usage,        ///< the command line, a profile or a file given by the user is wrong
    not_found,    ///< the object, file or tool does not exist
    forbidden,    ///< the cluster or the file system said no to this user
    conflict,     ///< somebody else changed or holds it
    unreachable,  ///< no connection, or it broke
    timed_out,    ///< our own deadline passed
    cancelled,    ///< the stop token was set
    cut,          ///< a stream ended without its proper end
    corrupt,      ///< bytes are not what they must be
    io,           ///< reading or writing a local file failed
    no_space,     ///< a disk is full
    invalid,      ///< an answer could not be understood
    unsupported,  ///< cannot be done on this machine, image or version
    tool_failed,  ///< a helm, kubectl or database tool ended with an error
};

/// The name of a code as it appears in JSON output ("not_found", ...).
const char* errc_name(Errc code);

struct Error {
    Errc code = Errc::internal;
    std::string message;  ///< what failed, on what, why; lower case, no full stop, no secret
    std::string hint;     ///< what to do next; may be empty

    /// The same error with "prefix: " before its message.
    [[nodiscard]] Error context(const std::string& prefix) const {
        return {code, prefix + ": " + message, hint};
    }
};

template <class T>
class [[nodiscard]] Result {
  public:
    using value_type = T;
    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool has_value() const { return m_state.index() == 0; }
    explicit operator bool() const { return has_value(); }
    T& value() & { return std::get<0>(m_state); }
    const T& value() const& { return std::get<0>(m_state); }
    T&& value() && { return std::get<0>(std::move(m_state)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    [[nodiscard]] const Error& error() const { return std::get<1>(m_state); }
    [[nodiscard]] T value_or(T other) const { return has_value() ? value() : std::move(other); }

  private:
    std::variant<T, Error> m_state;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : m_error(std::move(error)) {}
    [[nodiscard]] bool has_value() const { return !m_error.has_value(); }
    explicit operator bool() const { return has_value(); }
    [[nodiscard]] const Error& error() const { return *m_error; }

  private:
    std::optional<Error> m_error;
};

}  // namespace su

#define SU_CONCAT_INNER(a, b) a##b
#define SU_CONCAT(a, b) SU_CONCAT_INNER(a, b)

/// Returns the error of `expression` (a Result) from the enclosing function, if it is one.
#define SU_TRY(expression) SU_TRY_INNER(expression, SU_CONCAT(su_result_, __LINE__))
#define SU_TRY_INNER(expression, name)                                        \
    do {                                                                      \
        if (auto name = (expression); !name.has_value()) return name.error(); \
    } while (false)

/// Declares or assigns `target` from a Result's value, or returns its error.
#define SU_ASSIGN(target, expression) SU_ASSIGN_INNER(target, expression, SU_CONCAT(su_value_, __LINE__))
#define SU_ASSIGN_INNER(target, expression, name) \
    auto name = (expression);                     \
    if (!name.has_value()) return name.error();   \
    target = std::move(name).value()
