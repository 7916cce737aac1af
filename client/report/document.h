// A page as its parts, to be written as HTML or as Markdown.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace fovea::client {

struct Heading {
  int level = 2;  // 1..3.
  std::string text;
};
struct Paragraph {
  std::string text;
};
// Something that must not be overlooked.
struct Caution {
  std::string text;
};
struct BulletList {
  std::vector<std::string> items;
};
struct DataTable {
  // One that begins with ">" makes its column right-aligned.
  std::vector<std::string> headers;
  std::vector<std::vector<std::string>> rows;  // As many cells as there are headers.
};
struct FigurePart {
  std::string name;     // Of its files: figures/{name}.svg and .png.
  std::string caption;  // What it shows, and how to read it.
  std::string svg;      // The file's content, by our own plotter: the one part that is not escaped.
};

// All text is plain; whoever writes it out escapes it.
struct Document {
  std::string title;
  std::vector<std::variant<Heading, Paragraph, Caution, BulletList, DataTable, FigurePart>> parts;

  template <typename Part>
  void Add(Part part) {
    parts.push_back(std::move(part));
  }
};

// Self-contained: style and figures within, nothing from elsewhere, no scripts.
std::string ToHtml(const Document& document);

// GitHub's dialect. Figures are links to their files.
std::string ToMarkdown(const Document& document);

// For text and for values of attributes.
std::string EscapeHtml(const std::string& text);

}  // namespace fovea::client
