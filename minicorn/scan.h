/*
 * scan.h: prototypes for scan.c.
 */
#ifndef MINICORN_SCAN_H
#define MINICORN_SCAN_H

#include "minicorn.h"

#include "foreign/fdwapi.h"

extern void scan_set_routine(FdwRoutine *routine);

#endif
