/*
 * minicorn.c: the module, the handler and the validator.
 */
#include "minicorn.h"

#include "access/reloptions.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "foreign/fdwapi.h"
#include "instance.h"
#include "interpreter.h"
#include "miscadmin.h"
#include "plan.h"
#include "scan.h"
#include "utils/guc.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(minicorn_handler);
PG_FUNCTION_INFO_V1(minicorn_validator);

void		_PG_init(void);

void
_PG_init(void)
{
	/* The postmaster would load libpython into every process. */
	if (process_shared_preload_libraries_in_progress)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("minicorn cannot be loaded by shared_preload_libraries"),
				 errhint("Remove it there: it is loaded in each session that uses it.")));

	DefineCustomStringVariable("minicorn.python",
							   "Path of the Python interpreter whose environment is used.",
							   "It counts in sessions that have not used minicorn yet.",
							   &minicorn_python,
							   MINICORN_PYTHON,
							   PGC_SUSET, 0, NULL, NULL, NULL);
#if PG_VERSION_NUM >= 150000
	MarkGUCPrefixReserved("minicorn");
#else
	EmitWarningsOnPlaceholders("minicorn");
#endif
}

/* No ExecForeignInsert and the like: PostgreSQL refuses to write. */
Datum
minicorn_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	plan_set_routine(routine);
	scan_set_routine(routine);
	routine->ImportForeignSchema = instance_import_schema;
	PG_RETURN_POINTER(routine);
}

/*
 * Only the foreign-data wrapper, which only a superuser can make, can name the
 * class: no user of a server chooses what the backend imports.  All other
 * options are the class's.
 */
Datum
minicorn_validator(PG_FUNCTION_ARGS)
{
	List	   *options = untransformRelOptions(PG_GETARG_DATUM(0));
	Oid			catalog = PG_GETARG_OID(1);
	const char *wrapper = NULL;
	ListCell   *cell;

	foreach(cell, options)
	{
		DefElem    *option = (DefElem *) lfirst(cell);
		bool		is_wrapper = strcmp(option->defname, "wrapper") == 0;

		if (is_wrapper && catalog != ForeignDataWrapperRelationId)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("invalid option \"wrapper\""),
					 errhint("The option \"wrapper\" is valid only for the foreign-data wrapper, which a superuser makes.")));
		if (!is_wrapper && catalog == ForeignDataWrapperRelationId)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("invalid option \"%s\"", option->defname),
					 errhint("Valid options in this context are: wrapper")));
		if (is_wrapper)
			wrapper = defGetString(option);
	}

	if (catalog == ForeignDataWrapperRelationId)
	{
		if (wrapper == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
					 errmsg("option \"wrapper\" is required"),
					 errhint("It names the Python class, as \"package.module.Class\".")));
		if (strchr(wrapper, '.') == NULL || strstr(wrapper, "..") != NULL ||
			wrapper[0] == '.' || wrapper[strlen(wrapper) - 1] == '.' ||
			wrapper[strspn(wrapper, "._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0')
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("invalid value for option \"wrapper\": \"%s\"", wrapper),
					 errhint("It names the Python class, as \"package.module.Class\".")));
	}
	PG_RETURN_VOID();
}
