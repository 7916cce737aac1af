// fovea-phantom: writes a data set of SYNTHETIC fundus photographs.
#include <iostream>

#include <CLI/CLI.hpp>

#include "tests/testing/phantom_dataset.h"

int main(int argc, char** argv) {
  fovea::PhantomDatasetOptions options;
  CLI::App app{"Writes a data set of SYNTHETIC fundus photographs with five grades."};
  app.add_option("--out", options.dir, "Folder to write, made when it does not exist")->required();
  app.add_option("--patients", options.patients, "Patients, two photographs each")
      ->capture_default_str();
  app.add_option("--held-back", options.held_back_patients,
                 "More patients, written to held-back/ with their grades in labels.csv")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "The same seed gives the same data set")
      ->capture_default_str();
  app.add_option("--size", options.size, "Width and height in pixels")->capture_default_str();
  app.add_option("--layout", options.layout, "lab: csv files and images/; folders: train/GRADE/")
      ->capture_default_str()
      ->check(CLI::IsMember({"lab", "folders"}));
  CLI11_PARSE(app, argc, argv);

  const absl::Status status = fovea::WritePhantomDataset(options);
  if (!status.ok()) {
    std::cerr << "fovea-phantom: " << status.message() << "\n";
    return 1;
  }
  std::cout << "wrote " << options.patients * 2 << " synthetic photographs, and "
            << options.held_back_patients * 2 << " held back, to " << options.dir << "\n";
  return 0;
}
