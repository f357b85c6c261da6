/*
 * interpreter.h: prototypes for interpreter.c.
 */
#ifndef MINICORN_INTERPRETER_H
#define MINICORN_INTERPRETER_H

#include "minicorn.h"

extern char *minicorn_python;	/* setting minicorn.python */

extern void python_start(void);
extern PyObject *python_load(String *path);

#endif
