/*
 * python.c: the interpreter, calls into it, errors and messages out of it.
 */
#include "minicorn.h"

#include <pthread.h>
#include <unistd.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/guc.h"
#include "utils/memutils.h"

static bool started = false;
static bool ours = false;		/* did minicorn initialise the interpreter? */
static bool unusable = false;	/* did its initialisation fail? */
static PyObject *host = NULL;	/* module multicorn._host */
static pthread_t main_thread;
static ErrorData *message_error = NULL; /* raised while a message was sent */

/*
 * The module _minicorn, which multicorn.utils calls with Python frames on the
 * stack: nothing here may jump.
 */

/* log(level, message, detail, hint): levels of Python's logging, below ERROR */
static PyObject *
minicorn_log(PyObject *self, PyObject *args)
{
	MemoryContext context = CurrentMemoryContext;
	uint32		holdoff = InterruptHoldoffCount;
	uint32		cancel_holdoff = QueryCancelHoldoffCount;
	int			level;
	int			elevel;
	const char *message;
	const char *detail;
	const char *hint;
	volatile bool sent = true;

	if (!PyArg_ParseTuple(args, "iszz", &level, &message, &detail, &hint))
		return NULL;
	if (!pthread_equal(pthread_self(), main_thread))
	{
		PyErr_SetString(PyExc_RuntimeError,
						"messages can be sent only by the backend's own thread");
		return NULL;
	}
	elevel = level < 20 ? DEBUG1 : level < 30 ? NOTICE : WARNING;

	PG_TRY();
	{
		/* errfinish() would act on a cancel, and jump */
		HOLD_INTERRUPTS();
		ereport(elevel,
				(errmsg_internal("%s", message),
				 detail ? errdetail_internal("%s", detail) : 0,
				 hint ? errhint("%s", hint) : 0));
		RESUME_INTERRUPTS();
	}
	PG_CATCH();
	{
		/* such as a character that the client's encoding does not have */
		MemoryContextSwitchTo(CurTransactionContext);
		message_error = CopyErrorData();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		InterruptHoldoffCount = holdoff;
		QueryCancelHoldoffCount = cancel_holdoff;
		sent = false;
	}
	PG_END_TRY();

	if (!sent)
	{
		PyErr_SetString(PyExc_RuntimeError, "the message could not be sent");
		return NULL;
	}
	Py_RETURN_NONE;
}

static PyObject *
minicorn_interrupt_pending(PyObject *self, PyObject *args)
{
	return PyBool_FromLong(interrupt_pending());
}

static PyObject *
minicorn_utf8(PyObject *self, PyObject *args)
{
	return PyBool_FromLong(GetDatabaseEncoding() == PG_UTF8);
}

static PyMethodDef functions[] = {
	{"log", minicorn_log, METH_VARARGS, "Send a message."},
	{"interrupt_pending", minicorn_interrupt_pending, METH_NOARGS, "Is a cancel pending?"},
	{"utf8", minicorn_utf8, METH_NOARGS, "Is the database's encoding UTF8?"},
	{NULL, NULL, 0, NULL}
};

static PyModuleDef module = {
	PyModuleDef_HEAD_INIT, "_minicorn", "The backend, for multicorn.utils.", -1, functions
};

/* Initialise Python isolated from the server's environment. */
static void
initialise(void)
{
	PyPreConfig preconfig;
	PyConfig	config;
	PyStatus	status;

	if (access(minicorn_python, X_OK) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not execute Python interpreter \"%s\": %m", minicorn_python),
				 errhint("Set \"minicorn.python\" to a Python %d.%d that the server's user can read.",
						 PY_MAJOR_VERSION, PY_MINOR_VERSION)));

	PyPreConfig_InitIsolatedConfig(&preconfig);
	preconfig.utf8_mode = 1;	/* not what the server's locale says */
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
		status = PyConfig_SetBytesString(&config, &config.program_name, minicorn_python);
		if (!PyStatus_Exception(status))
			status = PyConfig_SetBytesString(&config, &config.executable, minicorn_python);
		if (!PyStatus_Exception(status))
			status = Py_InitializeFromConfig(&config);
		PyConfig_Clear(&config);
	}
	if (PyStatus_Exception(status))
	{
		unusable = true;
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
				 errmsg("could not initialise Python: %s",
						status.err_msg ? status.err_msg : "unknown error"),
				 errdetail("The interpreter is \"%s\".", minicorn_python),
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

/* Make _minicorn and our directory importable, and import our Python half. */
static PyObject *
import_host(void)
{
	static PyObject *backend = NULL;
	char		path[MAXPGPATH];
	PyObject   *directory;
	PyObject   *search;
	PyObject   *imported = NULL;

	get_share_path(my_exec_path, path);
	strlcat(path, "/minicorn", sizeof(path));

	if (backend == NULL)
		backend = PyModule_Create(&module);
	if (backend == NULL ||
		PyDict_SetItemString(PyImport_GetModuleDict(), "_minicorn", backend) < 0)
		return NULL;
	directory = PyUnicode_DecodeFSDefault(path);
	search = PySys_GetObject("path");	/* borrowed */
	if (directory != NULL && search != NULL && PyList_Check(search) &&
		PyList_Insert(search, 0, directory) == 0)
		imported = PyImport_ImportModule("multicorn._host");
	Py_XDECREF(directory);
	return imported;
}

/* Start Python, once for each session.  Errors are PostgreSQL's. */
void
python_start(void)
{
	static int	interrupt_signal = 0;
	const char *expected = CppAsString2(PY_MAJOR_VERSION) "." CppAsString2(PY_MINOR_VERSION) ".";

	if (started)
		return;
	if (unusable)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
				 errmsg("Python could not be initialised in this session"),
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

	main_thread = pthread_self();
	if (interrupt_signal == 0)
		interrupt_signal = interrupt_start();
	if (host == NULL)
	{
		python_enter();
		host = import_host();
		python_leave();
		if (host == NULL)
			python_raise("the import of multicorn");
	}
	Py_DECREF(python_call("the start", "start",
						  Py_BuildValue("(siO)", minicorn_python, interrupt_signal,
										ours ? Py_True : Py_False)));
	started = true;
}

/* Did minicorn, and not another extension, initialise the interpreter? */
bool
python_is_ours(void)
{
	return ours;
}

/* Take the current exception, with its traceback. */
static PyObject *
take_exception(void)
{
#if PY_VERSION_HEX >= 0x030C0000
	return PyErr_GetRaisedException();
#else
	PyObject   *type;
	PyObject   *value;
	PyObject   *traceback;

	PyErr_Fetch(&type, &value, &traceback);
	PyErr_NormalizeException(&type, &value, &traceback);
	if (value != NULL && traceback != NULL)
		PyException_SetTraceback(value, traceback);
	Py_XDECREF(type);
	Py_XDECREF(traceback);
	return value;
#endif
}

/*
 * A message that a class sent ended in an error of PostgreSQL's: that is the
 * error, even if the class has swallowed it and returned a result.
 */
static void
rethrow_message_error(PyObject *result)
{
	ErrorData  *error = message_error;

	if (likely(error == NULL))
		return;
	PyErr_Clear();
	python_release(result);
	message_error = NULL;
	ReThrowError(error);
}

/* The exception's description by _host.describe(): strings only, or NULL. */
static PyObject *
describe_exception(void)
{
	PyObject   *exception;
	PyObject   *description = NULL;

	python_enter();
	exception = take_exception();
	if (host != NULL && exception != NULL)
		description = PyObject_CallMethod(host, "describe", "O", exception);
	else if (exception != NULL)
	{
		PyObject   *text = PyObject_Str(exception);

		description = Py_BuildValue("(sNOOsOO)", "HV000", text, Py_None, Py_None,
									Py_TYPE(exception)->tp_name, Py_None, Py_False);
	}
	PyErr_Clear();
	/* frames and locals go here, and whatever code their destructors have */
	Py_XDECREF(exception);
	PyErr_Clear();
	python_leave();
	message_error = NULL;
	return description;
}

/* A text of a description in memory of PostgreSQL, or NULL. */
static char *
copy_text(PyObject *description, Py_ssize_t index)
{
	PyObject   *item = PyTuple_GetItem(description, index);
	const char *text = item && PyUnicode_Check(item) ? PyUnicode_AsUTF8(item) : NULL;

	PyErr_Clear();
	return text ? pstrdup(text) : NULL;
}

/*
 * Raise the current Python exception as an ERROR.  A pending cancel or
 * termination comes first, whatever the class raised.
 */
void
python_raise(const char *method)
{
	static PyObject *description = NULL;	/* survives a jump out of here */
	const char *sqlstate = NULL;
	const char *message = NULL;
	const char *detail = NULL;
	const char *hint = NULL;
	const char *kind = NULL;
	const char *traceback = NULL;
	bool		fatal = false;

	rethrow_message_error(NULL);
	Py_XSETREF(description, describe_exception());
	CHECK_FOR_INTERRUPTS();

	if (description != NULL)
	{
		sqlstate = copy_text(description, 0);
		message = copy_text(description, 1);
		detail = copy_text(description, 2);
		hint = copy_text(description, 3);
		kind = copy_text(description, 4);
		traceback = copy_text(description, 5);
		fatal = PyTuple_GetItem(description, 6) == Py_True;
		PyErr_Clear();
		Py_CLEAR(description);
	}
	if (traceback != NULL && log_min_messages <= DEBUG1)
		ereport(LOG_SERVER_ONLY, (errmsg_internal("%s", traceback)));
	ereport(fatal ? FATAL : ERROR,
			(errcode(sqlstate ? MAKE_SQLSTATE(sqlstate[0], sqlstate[1], sqlstate[2],
											  sqlstate[3], sqlstate[4])
					 : ERRCODE_FDW_ERROR),
			 errmsg_internal("%s", message ? message : "Python failed, and its exception could not be described"),
			 detail ? errdetail_internal("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0,
			 kind ? errcontext("Python exception %s in %s", kind, method) : 0));
	pg_unreachable();
}

/*
 * Call a function of multicorn._host; args is stolen, and NULL means that
 * making it failed.  method is the class's method behind it, for errors.
 * Returns a new reference, never NULL.
 */
PyObject *
python_call(const char *method, const char *function, PyObject *args)
{
	PyObject   *callable = NULL;
	PyObject   *result = NULL;

	python_enter();
	if (args != NULL)
		callable = PyObject_GetAttrString(host, function);
	if (callable != NULL)
		result = PyObject_CallObject(callable, args);
	Py_XDECREF(callable);
	Py_XDECREF(args);
	python_leave();

	if (result == NULL)
		python_raise(method);
	rethrow_message_error(result);
	return result;
}

/* The iterator's next object as a new reference, or NULL at its end. */
PyObject *
python_next(PyObject *iterator)
{
	PyObject   *next;

	python_enter();
	next = PyIter_Next(iterator);
	python_leave();

	if (next == NULL && PyErr_Occurred())
		python_raise("execute()");
	rethrow_message_error(next);
	return next;
}

/*
 * Close and drop an iterator.  What a generator's "finally" raises is an ERROR
 * if the caller can take one, else a WARNING.
 */
void
python_close(PyObject *iterator, bool raise)
{
	PyObject   *closed = NULL;
	bool		failed = false;

	/* a backend that exits runs no Python code, which might never end */
	if (proc_exit_inprogress)
		return;

	python_enter();
	if (PyGen_CheckExact(iterator))
	{
		closed = PyObject_CallMethod(iterator, "close", NULL);
		failed = closed == NULL;
	}
	Py_XDECREF(closed);
	if (!failed)
		Py_DECREF(iterator);
	python_leave();

	if (failed && raise)
	{
		Py_DECREF(iterator);
		python_raise("execute()");
	}
	if (failed)
	{
		PyObject   *description = describe_exception();
		PyObject   *text = description ? PyTuple_GetItem(description, 1) : NULL;
		const char *message = text && PyUnicode_Check(text) ? PyUnicode_AsUTF8(text) : NULL;

		PyErr_Clear();
		Py_DECREF(iterator);
		ereport(WARNING,
				(errmsg("execute() failed when it was closed: %s",
						message ? message : "unknown exception")));
		Py_XDECREF(description);
	}
	if (raise)
		rethrow_message_error(NULL);
	message_error = NULL;
}

/* Drop a reference whose object may have code to run when it goes. */
void
python_release(PyObject *object)
{
	if (object == NULL || proc_exit_inprogress)
		return;
	python_enter();
	Py_DECREF(object);
	python_leave();
	message_error = NULL;
}

/* A str of UTF-8; what is not UTF-8 (from SQL_ASCII) is escaped as Python does. */
PyObject *
python_str(const char *utf8)
{
	if (utf8 == NULL)
		Py_RETURN_NONE;
	return PyUnicode_DecodeUTF8(utf8, strlen(utf8), "surrogateescape");
}

/* A text of the server's encoding in UTF-8, or, from SQL_ASCII, in whatever it is. */
char *
text_to_utf8(const char *text)
{
	if (GetDatabaseEncoding() == PG_SQL_ASCII)
		return pstrdup(text);
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

/* A text in UTF-8 in the server's encoding, checked, as a C string. */
char *
text_from_utf8(const char *utf8, Py_ssize_t length)
{
	char	   *copy;

	if (memchr(utf8, '\0', length) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("a text cannot hold a NUL character")));
	if (length >= MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a text of %zd bytes is too long", length)));
	if (GetDatabaseEncoding() != PG_UTF8)
	{
		char	   *converted = pg_any_to_server(utf8, length, PG_UTF8);

		if (converted != utf8)
			return converted;
	}
	copy = palloc(length + 1);
	memcpy(copy, utf8, length);
	copy[length] = '\0';
	return copy;
}
