#include "client/completion.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace fovea::client {
namespace {

constexpr char kNotice[] = "Made by `fovea completion`; do not edit.\n";

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

// The words in braces that CLI11 writes for IsMember checks: "TEXT:{a,b}".
std::vector<std::string> Choices(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t open = type.find('{');
  const size_t close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  return absl::StrSplit(type.substr(open + 1, close - open - 1), ',');
}

void AppendOptions(const CLI::App& app, CompletionNode* node) {
  for (const CLI::Option* option : app.get_options()) {
    std::vector<std::string> names;
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : names) {
      node->options.push_back({name, FirstLine(option->get_description()),
                               option->get_items_expected_max() > 0, Choices(*option)});
    }
  }
}

void AppendNodes(const CLI::App& app, const CLI::App& root, const std::string& path,
                 std::vector<CompletionNode>* tree) {
  CompletionNode node;
  node.path = path;
  AppendOptions(app, &node);
  const std::vector<const CLI::App*> commands = app.get_subcommands([](const CLI::App*) {
    return true;
  });
  for (const CLI::App* command : commands) {
    node.commands.push_back({command->get_name(), FirstLine(command->get_description()), false, {}});
  }
  if (&app != &root) {
    CompletionNode global;
    AppendOptions(root, &global);
    for (CompletionNode::Word& word : global.options) {
      const bool known = std::any_of(node.options.begin(), node.options.end(),
                                     [&](const auto& own) { return own.text == word.text; });
      if (!known && word.text != "--version") node.options.push_back(std::move(word));
    }
  }
  tree->push_back(std::move(node));
  for (const CLI::App* command : commands) {
    AppendNodes(*command, root, absl::StrCat(path, " ", command->get_name()), tree);
  }
}

std::string Texts(const std::vector<CompletionNode::Word>& words) {
  return absl::StrJoin(words, " ", [](std::string* out, const CompletionNode::Word& word) {
    out->append(word.text);
  });
}

// Inside single quotes of a shell.
std::string Quoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

std::string QuotedFish(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

// A bash case for every option with a fixed list of values: path and option before the cursor.
std::string BashValueCases(const std::vector<CompletionNode>& tree) {
  std::string cases;
  for (const CompletionNode& node : tree) {
    for (const CompletionNode::Word& option : node.options) {
      if (option.choices.empty()) continue;
      absl::StrAppend(&cases, "    '", node.path, " ", option.text, "')\n      words='",
                      absl::StrJoin(option.choices, " "), "' ;;\n");
    }
  }
  return cases;
}

// The function that finds which command the words so far have reached. Bash and zsh both read it.
std::string ShellPathLoop(const std::vector<CompletionNode>& tree, const char* words,
                          const char* from, const char* until) {
  std::string known;
  for (size_t i = 1; i < tree.size(); ++i) {
    absl::StrAppend(&known, i > 1 ? "|" : "", "'", tree[i].path, "'");
  }
  return absl::StrCat("  local path='fovea' i\n  for ((i = ", from, "; i < ", until,
                      "; i++)); do\n    case \"$path ${", words, "[i]}\" in\n      ", known,
                      ")\n        path=\"$path ${", words, "[i]}\" ;;\n    esac\n  done\n");
}

}  // namespace

std::vector<CompletionNode> CompletionTree(const CLI::App& app) {
  std::vector<CompletionNode> tree;
  AppendNodes(app, app, "fovea", &tree);
  return tree;
}

std::string BashCompletion(const std::vector<CompletionNode>& tree) {
  std::string script = absl::StrCat("# bash completion for fovea. ", kNotice, "_fovea() {\n",
                                    "  local cur=${COMP_WORDS[COMP_CWORD]}\n",
                                    "  local prev=${COMP_WORDS[COMP_CWORD-1]}\n",
                                    ShellPathLoop(tree, "COMP_WORDS", "1", "COMP_CWORD"),
                                    "  local words=''\n  case \"$path $prev\" in\n",
                                    BashValueCases(tree), "  esac\n",
                                    "  if [[ -z $words ]]; then\n    case \"$path\" in\n");
  for (const CompletionNode& node : tree) {
    absl::StrAppend(&script, "      '", node.path, "')\n        if [[ $cur == -* ]]; then words='",
                    Texts(node.options), "'; else words='", Texts(node.commands), "'; fi ;;\n");
  }
  absl::StrAppend(&script, "    esac\n  fi\n",
                  "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n",
                  "complete -o default -F _fovea fovea\n");
  return script;
}

std::string ZshCompletion(const std::vector<CompletionNode>& tree) {
  std::string script =
      absl::StrCat("#compdef fovea\n# zsh completion for fovea. ", kNotice, "_fovea() {\n",
                   ShellPathLoop(tree, "words", "2", "CURRENT"),
                   "  local -a found\n  case \"$path ${words[CURRENT-1]}\" in\n");
  for (const CompletionNode& node : tree) {
    for (const CompletionNode::Word& option : node.options) {
      if (option.choices.empty()) continue;
      absl::StrAppend(&script, "    '", node.path, " ", option.text, "') found=(",
                      absl::StrJoin(option.choices, " "), "); _describe value found; return ;;\n");
    }
  }
  absl::StrAppend(&script, "  esac\n  case \"$path\" in\n");
  const auto describe = [](const std::vector<CompletionNode::Word>& words) {
    return absl::StrJoin(words, " ", [](std::string* out, const CompletionNode::Word& word) {
      const std::string text =
          absl::StrCat(word.text, ":", absl::StrReplaceAll(word.help, {{":", "\\:"}}));
      absl::StrAppend(out, Quoted(text));
    });
  };
  for (const CompletionNode& node : tree) {
    absl::StrAppend(&script, "    '", node.path,
                    "')\n      if [[ ${words[CURRENT]} == -* ]]; then\n        found=(",
                    describe(node.options), ")\n      else\n        found=(",
                    describe(node.commands), ")\n      fi ;;\n");
  }
  absl::StrAppend(&script, "  esac\n  if (( ${#found} )); then _describe fovea found",
                  "; else _files; fi\n}\n_fovea \"$@\"\n");
  return script;
}

std::string FishCompletion(const std::vector<CompletionNode>& tree) {
  std::string known;
  for (size_t i = 1; i < tree.size(); ++i) absl::StrAppend(&known, " '", tree[i].path, "'");
  std::string script = absl::StrCat(
      "# fish completion for fovea. ", kNotice, "function __fovea_at\n",
      "    set -l path fovea\n    for word in (commandline -opc)[2..-1]\n",
      "        if contains -- \"$path $word\"", known, "\n            set path \"$path $word\"\n",
      "        end\n    end\n    test \"$path\" = \"$argv[1]\"\nend\n");
  for (const CompletionNode& node : tree) {
    const std::string at = absl::StrCat("complete -c fovea -n '__fovea_at \"", node.path, "\"'");
    for (const CompletionNode::Word& command : node.commands) {
      absl::StrAppend(&script, at, " -f -a ", command.text, " -d ", QuotedFish(command.help), "\n");
    }
    for (const CompletionNode::Word& option : node.options) {
      const bool is_long = absl::StartsWith(option.text, "--");
      absl::StrAppend(&script, at, is_long ? " -l " : " -s ", option.text.substr(is_long ? 2 : 1),
                      option.takes_value ? (option.choices.empty() ? " -r" : " -x") : "");
      if (!option.choices.empty()) {
        absl::StrAppend(&script, " -a '", absl::StrJoin(option.choices, " "), "'");
      }
      absl::StrAppend(&script, " -d ", QuotedFish(option.help), "\n");
    }
  }
  return script;
}

}  // namespace fovea::client
