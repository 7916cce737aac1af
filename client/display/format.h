// Numbers as people read them.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <string>
#include <vector>

namespace fovea::client {

// "999 B", "1.5 kB", "12.3 MB": powers of 1000.
std::string FormatBytes(double bytes);

// "0:07", "12:34", "1:02:03"; "-" for a negative or unknown (NaN, infinite) one.
std::string FormatClock(double seconds);

// With this many decimals; "-" for NaN.
std::string FormatFixed(double value, int decimals);

// The shortest form that reads back the same float: "0.001", "1e-05".
std::string FormatShort(double value);

// "2026-11-24 17:18:09" in local time; "-" when unset (0).
std::string FormatTime(const google::protobuf::Timestamp& time);

// Of more classes than this, text for people has a summary; `-o json` has them all.
inline constexpr int kMaxClassesInFull = 12;

// "a, b, c"; of more than kMaxClassesInFull "a, b, ... and 188 more".
std::string JoinClasses(const std::vector<std::string>& names);

// "1 photograph", "2 photographs".
std::string Plural(int64_t count, const std::string& one, const std::string& many);

}  // namespace fovea::client
