/*
 * interrupt.h: prototypes for interrupt.c.
 */
#ifndef MINICORN_INTERRUPT_H
#define MINICORN_INTERRUPT_H

#include "minicorn.h"

extern int	interrupt_start(bool shared);
extern bool interrupt_in_python(void);
extern bool interrupt_pending(void);
extern void python_enter(void);
extern void python_leave(void);

#endif
