// fovea: the command line of Fovea. See client/app.h.
#include "client/app.h"

int main(int argc, char** argv) { return fovea::client::RunFovea(argc, argv); }
