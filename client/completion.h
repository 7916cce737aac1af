// Completion scripts for shells, made from the tree of commands itself.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace fovea::client {

// What can follow on a command line after some words.
struct CompletionNode {
  std::string path;  // "fovea job create".
  struct Word {
    std::string text;                  // "create" or "--seed".
    std::string help;                  // First line of its description.
    bool takes_value = false;          // Options only.
    std::vector<std::string> choices;  // Values of an option, where they are a fixed list.
  };
  std::vector<Word> commands;
  std::vector<Word> options;
};

// Every command and group, the root first. Global options are among the options of each.
std::vector<CompletionNode> CompletionTree(const CLI::App& app);

std::string BashCompletion(const std::vector<CompletionNode>& tree);
std::string ZshCompletion(const std::vector<CompletionNode>& tree);
std::string FishCompletion(const std::vector<CompletionNode>& tree);

}  // namespace fovea::client
