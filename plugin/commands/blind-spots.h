/* SPDX-License-Identifier: Apache-2.0 */

#ifndef BLIND_SPOTS_H
#define BLIND_SPOTS_H 1

/* The part of show-status that tells what the detector could not see, and
 * because of which containers, as far as anything can be done about it. */

struct ds;
struct json;
struct node_parts;

/* Returns a new JSON array; the caller must destroy it. */
struct json *blind_spots_to_json(const struct node_parts *);

/* Appends 'spots', which blind_spots_to_json() returned, to the string. */
void blind_spots_format(const struct json *spots, struct ds *);

#endif /* blind-spots.h */
