/*
 * backend.h: prototypes for backend.c.
 */
#ifndef MINICORN_BACKEND_H
#define MINICORN_BACKEND_H

#include "minicorn.h"

extern PyObject *backend_module(void);
extern bool backend_send(int elevel, const char *message, const char *detail, const char *hint);
extern void backend_forget_error(void);
extern void backend_raise_error(PyObject *result);

#endif
