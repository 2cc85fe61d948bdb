/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "detector/hook-links.h"

#include <limits.h>
#include <stdlib.h>

#include "bpf/elephant.h"
#include "bpf/elephant.skel.h"
#include "coverage.h"
#include "latch.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-thread.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(hook_links);

COVERAGE_DEFINE(hook_attach);
COVERAGE_DEFINE(hook_detach);

/* Milliseconds until a failed attempt is repeated. */
#define RETRY_MSEC 10000

struct hook_links {
    struct elephant_bpf *skel;
    bool wanted;                /* Should the programs be attached? */
    bool attached;              /* Are they, or were they before 'busy'? */
    long long int retry_at;     /* When to try again what failed. */

    /* The thread, if there is one: it detaches the programs if 'attached', and
     * attaches them otherwise. */
    bool busy;                  /* Is there a thread? */
    pthread_t thread;
    struct latch done;          /* Set by the thread at its end. */
    int error;                  /* Set before that: a positive errno or 0. */
};

struct hook_links *
hook_links_create(struct elephant_bpf *skel)
{
    struct hook_links *hl = xzalloc(sizeof *hl);

    hl->skel = skel;
    hl->wanted = hl->attached = true;
    hl->retry_at = LLONG_MIN;
    latch_init(&hl->done);
    return hl;
}

void
hook_links_destroy(struct hook_links *hl)
{
    if (hl) {
        if (hl->busy) {
            xpthread_join(hl->thread, NULL);
        }
        latch_destroy(&hl->done);
        free(hl);
    }
}

void
hook_links_set_wanted(struct hook_links *hl, bool wanted)
{
    hl->wanted = wanted;
}

bool
hook_links_are_attached(const struct hook_links *hl)
{
    return hl->attached && !hl->busy;
}

/* The thread.  If it fails to attach some of the programs, it detaches all. */
static void *
attach_or_detach(void *hl_)
{
    struct hook_links *hl = hl_;

    hl->error = hl->attached ? 0 : -elephant_bpf__attach(hl->skel);
    if (hl->attached || hl->error) {
        elephant_bpf__detach(hl->skel);
    }
    latch_set(&hl->done);
    return NULL;
}

/* The thread has come to its end. */
static void
finish(struct hook_links *hl, long long int now)
{
    xpthread_join(hl->thread, NULL);
    hl->busy = false;
    if (!hl->error) {
        hl->attached = !hl->attached;
        VLOG_DBG("%s", hl->attached ? "attached" : "detached");
    } else {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        hl->retry_at = now + RETRY_MSEC;
        VLOG_WARN_RL(&rl, "cannot attach BPF programs again (%s): elephants "
                     "are not seen for the time being",
                     ovs_strerror(hl->error));
    }
}

static bool
is_due(const struct hook_links *hl)
{
    return !hl->busy && hl->wanted != hl->attached;
}

bool
hook_links_run(struct hook_links *hl, long long int now)
{
    bool was_attached = hl->attached;

    if (hl->busy && latch_poll(&hl->done)) {
        finish(hl, now);
    }
    if (is_due(hl) && now >= hl->retry_at) {
        if (hl->wanted) {
            COVERAGE_INC(hook_attach);
        } else {
            COVERAGE_INC(hook_detach);
        }
        hl->busy = true;
        hl->thread = ovs_thread_create("hook_links", attach_or_detach, hl);
    }
    return hl->attached && !was_attached;
}

void
hook_links_wait(const struct hook_links *hl)
{
    if (hl->busy) {
        latch_wait(&hl->done);
    } else if (is_due(hl)) {
        poll_timer_wait_until(hl->retry_at);
    }
}
