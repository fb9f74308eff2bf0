// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file json_schema.hpp
 * Checks JSON against a schema: as much of JSON Schema as the schemas of the
 * programs use, and a failure for anything else.
 */
#pragma once

#include <algorithm>
#include <string>

#include <nlohmann/json.hpp>

namespace netmapxx::apps::test {

/** One schema document. */
class json_schema {
  public:
    explicit json_schema(nlohmann::json document) : document_(std::move(document)) {}

    /** Empty if `value` is as definitions/NAME says, else what is wrong and where. */
    [[nodiscard]] std::string check(std::string const& name, nlohmann::json const& value) const {
        if (!document_["definitions"].contains(name))
            return "the schema has no " + name;
        return check(document_["definitions"][name], value, name);
    }

  private:
    using json = nlohmann::json;

    [[nodiscard]] static bool is_of_type(json const& value, std::string const& type) {
        if (type == "integer")
            return value.is_number_integer();
        return type == value.type_name();
    }

    [[nodiscard]] static bool is_of_types(json const& value, json const& types) {
        if (types.is_string())
            return is_of_type(value, types);
        return std::ranges::any_of(types, [&](json const& t) { return is_of_type(value, t); });
    }

    [[nodiscard]] std::string check(json const& schema, json const& value,
                                    std::string const& at) const {
        for (auto const& [word, rule] : schema.items()) {
            auto const wrong = check_word(word, rule, schema, value, at);
            if (!wrong.empty())
                return wrong;
        }
        return {};
    }

    [[nodiscard]] std::string check_word(std::string const& word, json const& rule,
                                         json const& schema, json const& value,
                                         std::string const& at) const {
        auto const require = [&](bool good) {
            return good ? std::string{}
                        : at + ": " + value.dump() + " breaks " + word + " " + rule.dump();
        };
        if (word == "$ref")
            return check(document_.at(json::json_pointer(rule.get<std::string>().substr(1))), value,
                         at);
        if (word == "type")
            return require(is_of_types(value, rule));
        if (word == "const")
            return require(value == rule);
        if (word == "enum")
            return require(std::ranges::find(rule, value) != rule.end());
        if (word == "minimum")
            return require(!value.is_number() || value >= rule);
        if (word == "required")
            return require(!value.is_object() || std::ranges::all_of(rule, [&](json const& key) {
                return value.contains(key.get<std::string>());
            }));
        if (word == "items")
            return check_items(rule, value, at);
        if (word == "properties")
            return check_properties(rule, value, at);
        if (word == "additionalProperties")
            return check_others(rule, schema, value, at);
        return at + ": unknown word in the schema: " + word;
    }

    [[nodiscard]] std::string check_items(json const& rule, json const& value,
                                          std::string const& at) const {
        std::string wrong;
        for (std::size_t i = 0; value.is_array() && i < value.size() && wrong.empty(); ++i)
            wrong = check(rule, value[i], at + "/" + std::to_string(i));
        return wrong;
    }

    [[nodiscard]] std::string check_properties(json const& rule, json const& value,
                                               std::string const& at) const {
        std::string wrong;
        for (auto const& [key, schema] : rule.items())
            if (value.is_object() && value.contains(key) && wrong.empty())
                wrong = check(schema, value[key], at + "/" + key);
        return wrong;
    }

    [[nodiscard]] std::string check_others(json const& rule, json const& schema, json const& value,
                                           std::string const& at) const {
        for (auto const& [key, member] : value.items()) {
            if (!value.is_object() ||
                (schema.contains("properties") && schema["properties"].contains(key)))
                continue;
            if (rule.is_boolean() && !rule.get<bool>())
                return at + ": there should be no " + key;
            auto const wrong = check(rule, member, at + "/" + key);
            if (!wrong.empty())
                return wrong;
        }
        return {};
    }

    nlohmann::json document_;
};

} // namespace netmapxx::apps::test
