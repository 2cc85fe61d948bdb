/* SPDX-License-Identifier: Apache-2.0 */

#ifndef BPF_SHIM_TRACING_H
#define BPF_SHIM_TRACING_H 1

/* In place of libbpf's <bpf/bpf_tracing.h>, as bpf_helpers.h beside it. */

#define PT_REGS_PARM1(REGS) ((REGS)->di)
#define PT_REGS_PARM2(REGS) ((REGS)->si)
#define PT_REGS_PARM3(REGS) ((REGS)->dx)
#define PT_REGS_PARM4(REGS) ((REGS)->cx)
#define PT_REGS_PARM5(REGS) ((REGS)->r8)

#endif /* bpf_tracing.h */
