/* SPDX-License-Identifier: MIT */
/*
 * Records the calls into a library that exports reverse_map_interface, as text.
 *
 * A line that is written before a call has the operation, the number of the map, counted from 0 in
 * the order of the creations, and the arguments. A line that begins with "=" follows when the call
 * returns, so a call that does not return is the last line:
 *
 *   create 0 IPA-BITS LAYOUT DIRECT-MAP   = 1, or = 0 for NULL
 *   record 0 START SIZE NESTED            = RESULT
 *   unmap 0 START SIZE CAPACITY           = RESULT [START SIZE]...   (likewise query)
 *   unmap_machine START SIZE              one line for the call, and before it for each map
 *   answer 0 CAPACITY                     = RESULT [START SIZE]..., in the order of the maps
 *   create_machine, destroy_machine       = 0
 *   invalidate 0 START SIZE               = RESULT
 *   clear 0, begin_full_unmap 0           = 0
 *   end_full_unmap 0                      = RESULT
 *   destroy 0                             = 0
 *   unmapped 0 START SIZE                 the map called unmap_nested in an unmap
 *   refused N                             request number N of all maps together was refused
 *   operation N                           what follows belongs to operation N of the scenario
 *
 * Numbers are decimal. Not recorded are calls of `entries`, `check`, `state` and `counters`, which
 * change nothing, and those that revfuzz makes as the host of an unmap.
 */
#ifndef REVERSE_MAP_RECORDER_H
#define REVERSE_MAP_RECORDER_H

#include "reverse_map_call.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Changes `functions` to record their calls to the file `descriptor`, which has to stay open. Ends
 * the recording before it: a process can have one at a time, of calls by one thread. */
void reverse_map_record_calls(reverse_map_functions *functions, int descriptor);

/* Stops the recording, until it is called again without `pause`. */
void reverse_map_pause_recording(int pause);

/* Writes the line "operation N" to the recording. */
void reverse_map_record_operation(uint64_t number);

#ifdef __cplusplus
}
#endif

#endif
