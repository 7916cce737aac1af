// The trainer's place behind everything else on the machine.
#pragma once

namespace fovea {

// Gives this process nice value 10. Where the kernel groups processes by session
// (sched_autogroup), nice values only count inside a group, so the group's own value is set too if
// the group is this process's alone (it leads its session). Call before threads start: they inherit.
void YieldToOthers();

}  // namespace fovea
