#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/display/text.h"
#include "client/report/document.h"

namespace fovea::client {
namespace {

constexpr char kStyle[] = R"(
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, "DejaVu Sans", Helvetica, Arial, sans-serif; color: #1a1a1a;
  background: #fff; max-width: 78rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.35rem; margin: 2.4rem 0 .6rem; padding-top: .6rem; border-top: 1px solid #bbb; }
h3 { font-size: 1.08rem; margin: 1.5rem 0 .4rem; }
p, ul { max-width: 60rem; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; }
a { color: #00508a; }
.caution { border-left: .3rem solid #e69f00; background: #fff6e0; padding: .5rem .8rem; }
.table { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .8rem .25rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid #ddd; }
th { border-bottom: 2px solid #777; vertical-align: bottom; }
td.number, th.number { text-align: right; }
figure { margin: 1.2rem 0; }
figure svg { max-width: 100%; height: auto; }
figcaption { font-size: .9rem; color: #333; max-width: 60rem; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  .table { overflow: visible; }
  table { font-size: 7.5pt; }
  figure, tr, .caution { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
)";

std::string Cells(const std::vector<std::string>& cells, const std::vector<bool>& right,
                  const char* tag) {
  std::string html = "<tr>";
  for (size_t i = 0; i < cells.size(); ++i) {
    absl::StrAppend(&html, "<", tag, right[i] ? " class=\"number\">" : ">", EscapeHtml(cells[i]),
                    "</", tag, ">");
  }
  return html + "</tr>\n";
}

// Names within an SVG are of the file; on a page they must differ between figures.
std::string WithOwnNames(const std::string& svg, const std::string& name) {
  const size_t start = svg.find("<svg");
  return absl::StrReplaceAll(start == std::string::npos ? "" : svg.substr(start),
                             {{"id='", absl::StrCat("id='", name, "-")},
                              {"id=\"", absl::StrCat("id=\"", name, "-")},
                              {"href='#", absl::StrCat("href='#", name, "-")},
                              {"href=\"#", absl::StrCat("href=\"#", name, "-")},
                              {"url(#", absl::StrCat("url(#", name, "-")},
                              {"<title>Gnuplot</title>", ""}});
}

// The parts one after the other, with numbers for headings and figures.
class Writer {
 public:
  std::string Write(const Heading& heading) {
    if (heading.level != 2) {
      return absl::StrCat("<h", heading.level, ">", EscapeHtml(heading.text), "</h", heading.level,
                          ">\n");
    }
    ++headings_;
    absl::StrAppend(&contents_, "<li><a href=\"#part-", headings_, "\">", EscapeHtml(heading.text),
                    "</a></li>\n");
    return absl::StrCat("<h2 id=\"part-", headings_, "\">", EscapeHtml(heading.text), "</h2>\n");
  }
  std::string Write(const Paragraph& paragraph) {
    return absl::StrCat("<p>", EscapeHtml(paragraph.text), "</p>\n");
  }
  std::string Write(const Caution& caution) {
    return absl::StrCat("<p class=\"caution\">", EscapeHtml(caution.text), "</p>\n");
  }
  std::string Write(const BulletList& list) {
    std::string html = "<ul>\n";
    for (const std::string& item : list.items) {
      absl::StrAppend(&html, "<li>", EscapeHtml(item), "</li>\n");
    }
    return html + "</ul>\n";
  }
  std::string Write(const DataTable& table) {
    std::vector<bool> right;
    std::vector<std::string> headers;
    for (const std::string& header : table.headers) {
      right.push_back(!header.empty() && header[0] == '>');
      headers.push_back(right.back() ? header.substr(1) : header);
    }
    std::string html = absl::StrCat("<div class=\"table\"><table>\n<thead>",
                                    Cells(headers, right, "th"), "</thead>\n<tbody>\n");
    for (const auto& row : table.rows) html += Cells(row, right, "td");
    return html + "</tbody></table></div>\n";
  }
  std::string Write(const FigurePart& figure) {
    ++figures_;
    return absl::StrCat("<figure role=\"group\">\n",
                        WithOwnNames(figure.svg, absl::StrCat("figure-", figures_)),
                        "\n<figcaption><b>Figure ", figures_, ".</b> ", EscapeHtml(figure.caption),
                        "</figcaption>\n</figure>\n");
  }

  const std::string& contents() const { return contents_; }

 private:
  int headings_ = 0;
  int figures_ = 0;
  std::string contents_;
};

}  // namespace

std::string EscapeHtml(const std::string& text) {
  // What no browser shows must not get in either.
  return absl::StrReplaceAll(
      Printable(text, true),
      {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

std::string ToHtml(const Document& document) {
  Writer writer;
  std::string body;
  for (const auto& part : document.parts) {
    body += std::visit([&](const auto& concrete) { return writer.Write(concrete); }, part);
  }
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; img-src data:\">\n<title>",
      EscapeHtml(document.title), "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n<h1>",
      EscapeHtml(document.title), "</h1>\n<nav aria-label=\"Contents\"><ul>\n", writer.contents(),
      "</ul></nav>\n<main>\n", body, "</main>\n</body>\n</html>\n");
}

}  // namespace fovea::client
