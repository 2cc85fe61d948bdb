/* SPDX-License-Identifier: Apache-2.0 */

#ifndef ENGINE_H
#define ENGINE_H 1

/* What a container engine knows of a container and does not tell its CNI
 * plugins. */

/* Returns the name of the image of podman's 'container', by its full ID, or
 * null.  Podman keeps it where it keeps the images (containers/storage); the
 * caller must free it. */
char *engine_find_image(const char *container);

#endif /* engine.h */
