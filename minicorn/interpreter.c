/*
 * interpreter.c: which Python runs in a session, and its start.
 */
#include "interpreter.h"

#include <sys/stat.h>
#include <unistd.h>

#include "backend.h"
#include "calls.h"
#include "interrupt.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/ipc.h"
#include "utils/memutils.h"

char	   *minicorn_python;

static bool started = false;
static bool ours = false;		/* did minicorn initialise the interpreter? */
static bool unusable = false;	/* did its initialisation fail? */
static char *python_path = NULL;	/* minicorn.python when Python was started */

/*
 * At exit, a class's threads may run C code without the GIL while exit() takes
 * down the libraries that they use, such as OpenSSL: a crash, and so the
 * server's restart.  So the process ends before that, after PostgreSQL's own
 * callbacks.
 */
static int	exit_code = 0;

static void
leave_now(void)
{
	_exit(exit_code);
}

static void
leave_at_exit(int code, Datum arg)
{
	exit_code = code;
	atexit(leave_now);			/* the last to be registered, and so the first to run */
}

/* Initialise Python isolated from the server's environment. */
static void
initialise(void)
{
	PyPreConfig preconfig;
	PyConfig	config;
	PyStatus	status;
	struct stat st;

	if (python_path != NULL)	/* of a start that failed */
		pfree(python_path);
	python_path = MemoryContextStrdup(TopMemoryContext, minicorn_python);
	if (stat(python_path, &st) != 0 || access(python_path, X_OK) != 0 ||
		(S_ISREG(st.st_mode) ? 0 : (errno = EISDIR)) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not execute Python interpreter \"%s\": %m", python_path),
				 errhint("Set \"minicorn.python\" to a Python %d.%d that the server's user can read.",
						 PY_MAJOR_VERSION, PY_MINOR_VERSION)));

	PyPreConfig_InitIsolatedConfig(&preconfig);
	preconfig.utf8_mode = 1;	/* whatever the server's locale is */
#ifdef __SANITIZE_ADDRESS__
	preconfig.allocator = PYMEM_ALLOCATOR_MALLOC;	/* so that each object is watched */
#endif
	status = Py_PreInitialize(&preconfig);
	if (!PyStatus_Exception(status))
	{
		PyConfig_InitIsolatedConfig(&config);
		config.install_signal_handlers = 0;
		config.write_bytecode = 0;
		config.pathconfig_warnings = 0;
		/* the interpreter's path, so that its pyvenv.cfg is found */
		status = PyConfig_SetBytesString(&config, &config.program_name, python_path);
		if (!PyStatus_Exception(status))
			status = PyConfig_SetBytesString(&config, &config.executable, python_path);
		if (!PyStatus_Exception(status))
			status = Py_InitializeFromConfig(&config);
		PyConfig_Clear(&config);
	}
	if (PyStatus_Exception(status))
	{
		unusable = true;
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
				 errmsg("could not initialize Python: %s",
						status.err_msg ? status.err_msg : "unknown error"),
				 errdetail("The interpreter is \"%s\".", python_path),
				 errhint("Check \"minicorn.python\", and start a new session.")));
	}
	ours = true;

#if PY_VERSION_HEX >= 0x030C0000

	/*
	 * PL/Python, started now, would call PyImport_AppendInittab(), which from
	 * Python 3.12 on aborts the process, and so the server, once Python runs.
	 * Where it checks for other Pythons in the session, let it find one: it
	 * then ends the session with an error instead.
	 */
	{
		static int	versions = 1 << 2;
		int		  **shared = (int **) find_rendezvous_variable("plpython_version_bitmask");

		if (*shared == NULL)
			*shared = &versions;
		**shared |= 1 << 2;
	}
#endif
}

/*
 * Make _minicorn and our directory importable, and import our Python half: a
 * new reference, or NULL with an exception set.
 */
static PyObject *
import_engine(void)
{
	static PyObject *backend = NULL;
	static PyObject *directory = NULL;
	PyObject   *search;

	if (backend == NULL)
		backend = backend_module();
	if (backend == NULL ||
		PyDict_SetItemString(PyImport_GetModuleDict(), "_minicorn", backend) < 0)
		return NULL;
	search = PySys_GetObject("path");	/* borrowed */
	if (directory == NULL)
	{
		char		path[MAXPGPATH];

		get_share_path(my_exec_path, path);
		strlcat(path, "/minicorn", sizeof(path));
		directory = PyUnicode_DecodeFSDefault(path);
		if (directory == NULL || search == NULL || PyList_Insert(search, 0, directory) != 0)
		{
			Py_CLEAR(directory);
			return NULL;
		}
	}
	return PyImport_ImportModule("multicorn._engine");
}

/* Start Python, once for each session.  Raises an ERROR if it cannot. */
void
python_start(void)
{
	const char *expected = CppAsString2(PY_MAJOR_VERSION) "." CppAsString2(PY_MINOR_VERSION) ".";
	static bool leaving = false;
	static bool imported = false;
	int			interrupt_signal;

	/* such as plpy.execute(), where PL/Python shares the interpreter */
	if (interrupt_in_python())
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("a foreign-table class cannot query foreign tables of minicorn")));
	if (started)
		return;
	if (unusable)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
				 errmsg("Python could not be initialized in this session"),
				 errhint("Check \"minicorn.python\", and start a new session.")));
	if (!Py_IsInitialized())
		initialise();
	else if (strncmp(Py_GetVersion(), expected, strlen(expected)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
				 errmsg("another Python is loaded in this session"),
				 errdetail("minicorn was built for Python " PY_VERSION ", and Python %.20s runs here.",
						   Py_GetVersion()),
				 errhint("Start a new session for this foreign table, and do not use PL/Python there.")));

	if (python_path == NULL)
		python_path = MemoryContextStrdup(TopMemoryContext, minicorn_python);
	if (!leaving)
		on_proc_exit(leave_at_exit, 0);
	leaving = true;
	interrupt_signal = interrupt_start(!ours);
	if (!imported)
	{
		PyObject   *engine;

		python_enter();
		engine = import_engine();
		python_leave();
		if (engine == NULL)
			python_raise("the import of multicorn");
		python_set_engine(engine);
		imported = true;
	}
	Py_DECREF(python_call("the start", "start", NULL,
						  list_make3(makeString(python_path), makeInteger(interrupt_signal),
									 makeInteger(ours))));
	started = true;
}

/* The class that "package.module.Class" names: a new reference. */
PyObject *
python_load(String *path)
{
	return python_call("the import", "load", NULL,
					   list_make3(path, makeString(python_path), makeInteger(ours)));
}
