#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/display/text.h"
#include "client/report/document.h"

namespace fovea::client {
namespace {

// Plain text stays plain: what Markdown would take as markup gets a backslash.
std::string Escape(const std::string& text) {
  std::string escaped;
  for (const char c : absl::StrReplaceAll(Printable(text, true), {{"\n", " "}})) {
    switch (c) {
      case '\\':
      case '`':
      case '*':
      case '_':
      case '[':
      case ']':
      case '|':
      case '<':
      case '>':
      case '#':
        escaped += '\\';
        break;
      default:
        break;
    }
    escaped += c;
  }
  return escaped;
}

std::string Row(const std::vector<std::string>& cells) {
  return absl::StrCat("| ", absl::StrJoin(cells, " | "), " |\n");
}

std::string Write(const Heading& heading) {
  return absl::StrCat(std::string(static_cast<size_t>(heading.level), '#'), " ",
                      Escape(heading.text), "\n\n");
}
std::string Write(const Paragraph& paragraph) { return Escape(paragraph.text) + "\n\n"; }
std::string Write(const Caution& caution) {
  return absl::StrCat("> **Note:** ", Escape(caution.text), "\n\n");
}
std::string Write(const BulletList& list) {
  std::string text;
  for (const std::string& item : list.items) absl::StrAppend(&text, "- ", Escape(item), "\n");
  return text + "\n";
}
std::string Write(const DataTable& table) {
  std::vector<std::string> headers, rules;
  for (const std::string& header : table.headers) {
    const bool right = !header.empty() && header[0] == '>';
    headers.push_back(Escape(right ? header.substr(1) : header));
    rules.push_back(right ? "---:" : "---");
  }
  std::string text = Row(headers) + Row(rules);
  for (const auto& row : table.rows) {
    std::vector<std::string> cells;
    for (const std::string& cell : row) cells.push_back(Escape(cell));
    text += Row(cells);
  }
  return text + "\n";
}
std::string Write(const FigurePart& figure) {
  return absl::StrCat("![", Escape(figure.caption), "](figures/", figure.name, ".png)\n\n");
}

}  // namespace

std::string ToMarkdown(const Document& document) {
  std::string text = absl::StrCat("# ", Escape(document.title), "\n\n");
  for (const auto& part : document.parts) {
    text += std::visit([](const auto& concrete) { return Write(concrete); }, part);
  }
  text.pop_back();  // One line break ends the file.
  return text;
}

}  // namespace fovea::client
