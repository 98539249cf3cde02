// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "profile/profile.hpp"
#include "profile/syntax.hpp"

#include <algorithm>

namespace su {

namespace {

constexpr std::string_view k_generic = "generic";

/// What speaks for a profile: at most one sentence for each kind of evidence.
struct Match {
    Profile profile;
    std::vector<std::string> sentences;
    std::size_t items =
        0;  ///< images and variables that matched: decides between profiles with as many kinds
};

std::string image_name(std::string_view image) {
    image = image.substr(0, image.find('@'));
    const auto slash = image.rfind('/');
    const auto colon = image.rfind(':');
    const bool tag = colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
    return std::string(tag ? image.substr(0, colon) : image);
}

/// Names that satisfy "A+B": one for each part; empty when a part has none.
std::vector<std::string> find_names(const std::string& pattern, const std::vector<std::string>& names) {
    std::vector<std::string> found;
    for (const auto& part : split(pattern, '+')) {
        const auto name = std::find_if(names.begin(), names.end(),
                                       [&](const std::string& n) { return glob_matches(part, n); });
        if (name == names.end()) return {};
        found.push_back(printable(*name));
    }
    return found;
}

void match_images(const Profile& profile, const ProfileEvidence& evidence, Match& match) {
    std::vector<std::string> found;
    for (const auto& image : evidence.images) {
        const std::string name = image_name(image);
        const bool known = std::any_of(profile.match_images.begin(), profile.match_images.end(),
                                       [&](const std::string& glob) { return glob_matches(glob, name); });
        const std::string shown = printable(name);
        if (known && std::find(found.begin(), found.end(), shown) == found.end()) found.push_back(shown);
    }
    if (found.empty()) return;
    match.items += found.size();
    match.sentences.push_back("an image is " + join(found, ", "));
}

Match match_profile(Profile profile, const ProfileEvidence& evidence) {
    Match match;
    for (const auto& glob : profile.match_charts) {
        if (!glob_matches(glob, evidence.chart_name)) continue;
        match.sentences.push_back("chart name is " + printable(evidence.chart_name));
        break;
    }
    match_images(profile, evidence, match);
    for (const auto& pattern : profile.match_env) {
        const auto names = find_names(pattern, evidence.env_names);
        if (names.empty()) continue;
        match.items += names.size();
        match.sentences.push_back("environment has " + join(names, " and "));
        break;
    }
    match.profile = std::move(profile);
    return match;
}

bool is_better(const Match& a, const Match& b) {
    return a.sentences.size() != b.sentences.size() ? a.sentences.size() > b.sentences.size()
                                                    : a.items > b.items;
}

ProfileChoice choose_generic(Profile generic, const std::vector<Match>& matches) {
    ProfileChoice choice{std::move(generic), {}};
    for (const auto& match : matches) {
        if (match.sentences.empty()) continue;
        choice.evidence.push_back("profile " + match.profile.name +
                                  " needs two kinds of evidence and has one: " + match.sentences.front());
    }
    if (choice.evidence.empty())
        choice.evidence.emplace_back("no known profile matches chart, images or environment");
    return choice;
}

}  // namespace

Result<ProfileChoice> choose_profile(const ProfileEvidence& evidence,
                                     const std::vector<CheckKindKeys>& kinds) {
    std::vector<Match> matches;
    std::optional<Profile> generic;
    for (const auto& embedded : embedded_profiles()) {
        const std::string name(embedded.name);
        SU_ASSIGN(Profile profile,
                  load_profile(embedded.yaml, "embedded:" + name, ProfileOrigin::embedded, kinds));
        if (name == k_generic) {
            generic = std::move(profile);
        } else {
            matches.push_back(match_profile(std::move(profile), evidence));
        }
    }
    const auto best = std::max_element(matches.begin(), matches.end(),
                                       [](const Match& a, const Match& b) { return is_better(b, a); });
    if (best != matches.end() && best->sentences.size() >= 2) {
        return ProfileChoice{std::move(best->profile), std::move(best->sentences)};
    }
    if (!generic) return Error{Errc::internal, "the generic profile is not in this binary", {}};
    return choose_generic(std::move(*generic), matches);
}

}  // namespace su
