// How fovea-trainer ends, for whoever started it.
#pragma once

namespace fovea {

enum TrainerExit : int {
  kExitSucceeded = 0,   // A model version is staged, and the server has stored that.
  kExitFailed = 1,      // The attempt failed for good; the server has stored why.
  kExitUsage = 2,       // Wrong flags, or an attempt file that cannot be used.
  kExitCancelled = 3,   // As commanded; stored.
  kExitDrained = 4,     // As commanded, or SIGTERM: a checkpoint was written; stored.
  kExitLeaseLost = 5,   // The server does not know this attempt any more.
  kExitServerLost = 6,  // No server for too long; what was done is in the last checkpoint.
};
// Any other code, or a signal, is a crash: the job goes on from its last checkpoint.

inline constexpr char kExitCodesHelp[] =
    "Exit codes:\n"
    "  0  succeeded: a model version is staged and the server has stored that\n"
    "  1  failed for good; the server has stored why\n"
    "  2  wrong flags, or an attempt file that cannot be used\n"
    "  3  cancelled, as commanded\n"
    "  4  drained, as commanded or by SIGTERM: a checkpoint was written\n"
    "  5  lease lost: the server does not know this attempt any more\n"
    "  6  server lost: none could be reached for too long, or it did not store the outcome in time\n"
    "Anything else is a crash: the job goes on from its last checkpoint.";

}  // namespace fovea
