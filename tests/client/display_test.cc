// Widgets, on strings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "client/display/bar.h"
#include "client/display/curve.h"
#include "client/display/format.h"
#include "client/display/live_region.h"
#include "client/display/progress.h"
#include "client/display/table.h"
#include "client/display/text.h"
#include "client/push/push.h"

namespace fovea::client {
namespace {

using ::testing::ElementsAre;

constexpr Style kPlain{};
constexpr Style kUtf8{.colour = false, .utf8 = true};
constexpr Style kColour{.colour = true, .utf8 = true};

TEST(TextTest, WidthsIgnoreColourAndCountCodePoints) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("█▌→"), 3);
  EXPECT_EQ(DisplayWidth(kColour.Red("abc")), 3);
  EXPECT_EQ(PadRight("é", 3), "é  ");
  EXPECT_EQ(PadLeft("1234", 3), "1234");
}

TEST(TextTest, ClipEndsColourAndKeepsCharactersWhole) {
  EXPECT_EQ(Clip("█▌→", 2), "█▌");
  EXPECT_EQ(Clip(kColour.Red("abcdef"), 3), "\x1b[31mabc\x1b[0m");
  EXPECT_EQ(Clip("abc", 3), "abc");
}

TEST(TextTest, PrintableDisarmsControlCharacters) {
  EXPECT_EQ(Printable("a\x1b[2J\nb"), "a\\x1b[2J\\x0ab");
  EXPECT_EQ(Printable("a\nb", true), "a\nb");
  EXPECT_EQ(Printable("\xC2\x9B" "31m é"), "\\x9b31m é");
}

TEST(FormatTest, Numbers) {
  EXPECT_EQ(FormatBytes(999), "999 B");
  EXPECT_EQ(FormatBytes(1500), "1.5 kB");
  EXPECT_EQ(FormatBytes(999'999), "1.0 MB");
  EXPECT_EQ(FormatClock(7), "0:07");
  EXPECT_EQ(FormatClock(3723), "1:02:03");
  EXPECT_EQ(FormatClock(-1), "-");
  EXPECT_EQ(FormatClock(NAN), "-");
  EXPECT_EQ(FormatFixed(NAN, 2), "-");
  EXPECT_EQ(FormatShort(0.001), "0.001");
}

TEST(FormatTest, ManyClassesAreCut) {
  EXPECT_EQ(JoinClasses({"none", "mild"}), "none, mild");
  EXPECT_EQ(JoinClasses(std::vector<std::string>(200, "a")),
            "a, a, a, a, a, a, a, a, a, a, a, a, ... and 188 more");
}

TEST(CountsTest, ManyClassesAreCut) {
  const std::string text = RenderCounts(std::vector<std::string>(200, "a"),
                                        std::vector<int64_t>(200, 3),
                                        std::vector<int64_t>(200, 1), kPlain);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 15);
  EXPECT_NE(text.find("and 188 more"), std::string::npos);
  EXPECT_NE(text.find("600"), std::string::npos);
}

TEST(BarTest, FillsInEighthsAndIsFullOnlyWhenDone) {
  EXPECT_EQ(RenderBar(0, 4, kUtf8), "░░░░");
  EXPECT_EQ(RenderBar(0.5, 4, kUtf8), "██░░");
  EXPECT_EQ(RenderBar(0.53125, 4, kUtf8), "██▏░");
  EXPECT_EQ(RenderBar(0.999, 4, kUtf8), "███▉");
  EXPECT_EQ(RenderBar(2, 4, kUtf8), "████");
  EXPECT_EQ(RenderBar(NAN, 4, kPlain), "....");
  EXPECT_EQ(RenderBar(0.75, 4, kPlain), "###.");
}

TEST(BarTest, Sparkline) {
  EXPECT_EQ(RenderSparkline({0, 0.5, 1}, kUtf8), "▁▅█");
  EXPECT_EQ(RenderSparkline({0, 0.55, 1}, kPlain), "059");
}

TEST(TableTest, AlignsAndEscapes) {
  Table table({"NAME", ">N"});
  table.AddRow({"long name", "1"});
  table.AddRow({"x\x1b[2J", "100"});
  EXPECT_EQ(table.Render(kPlain),
            "NAME         N\n"
            "long name    1\n"
            "x\\x1b[2J   100\n");
  EXPECT_EQ(RenderFields({{"a", "1"}, {"empty", ""}, {"bc", "2"}}, kPlain), "a   1\nbc  2\n");
}

TEST(CurveTest, AsciiShowsCurveAndBaseline) {
  CurveData data{.values = {0.0, 0.5, 1.0}, .epochs = 3, .baseline = 0.5};
  EXPECT_THAT(RenderCurve(data, 5, 3, kPlain), ElementsAre(" 1.00 |    *",  //
                                                           "      |- **-",  //
                                                           " 0.00 |**   "));
}

TEST(CurveTest, NothingWithoutValuesAndNoCrashOnOddOnes) {
  EXPECT_TRUE(RenderCurve({}, 10, 4, kUtf8).empty());
  EXPECT_TRUE(RenderCurve({.values = {NAN}, .epochs = 1}, 10, 4, kUtf8).empty());
  const auto lines = RenderCurve({.values = {NAN, 0.7, NAN, 0.7}, .epochs = 20, .baseline = 0.7},
                                 10, 4, kUtf8);
  ASSERT_EQ(lines.size(), 4u);
  for (const std::string& line : lines) EXPECT_EQ(DisplayWidth(line), 17) << line;
}

TEST(LiveRegionTest, GoesUpOverWhatItDrewBefore) {
  LiveRegion region;
  EXPECT_EQ(region.Draw("first\n", {"a", "bcd"}, 2), "first\na\nbc\n");
  EXPECT_EQ(region.Draw("", {"x"}, 80), "\r\x1b[2A\x1b[Jx\n");
  EXPECT_EQ(region.Erase(), "\r\x1b[1A\x1b[J");
  EXPECT_EQ(region.Erase(), "");
}

TEST(ProgressTest, RateLeavesOutWhatWasThereBefore) {
  const ProgressState state{.label = "sending", .done = 15e6, .total = 20e6,
                            .elapsed = absl::Seconds(5), .done_before = 5e6, .unit = "bytes"};
  EXPECT_EQ(RenderProgress(state, 68, kPlain),
            "sending    ######..  15.0 MB of 20.0 MB  2.0 MB/s  0:03 left");
}

}  // namespace
}  // namespace fovea::client
