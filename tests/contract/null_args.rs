//! Writes a C program that calls every function of the header with each of its pointers NULL, one at a time and all at
//! once. What the header says of the parameter is what the call must answer.

use std::fmt::Write as _;

use crate::symbols_of::{Function, functions_of};

pub(crate) fn header() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/include/parlor.h");
    std::fs::read_to_string(path).expect("the header is there")
}

/// What a parameter is given when it is not its turn to be NULL.
fn usual(function: &Function<'_>, name: &str, type_: &str) -> String {
    match (name, type_) {
        ("client", _) => "client".into(),
        ("options", _) => "options".into(),
        ("audio", _) => "audio".into(),
        ("frames", _) => "frames".into(),
        ("batch", _) => "batch".into(),
        ("event", _) => "event".into(),
        ("on_event", _) => "on_event".into(),
        ("free_userdata", _) => "on_free".into(),
        ("userdata", _) => "&userdata".into(),
        ("buffer", _) => "buffer".into(),
        ("capacity", _) => "sizeof buffer".into(),
        ("key", "int32_t") => "PARLOR_OPT_URL".into(),
        ("fd", _) => "-1".into(),
        ("counter", _) => "0".into(),
        ("timeout_ms", _) => "0".into(),
        ("name", "const char *") if function.name == "parlor_client_call" => "\"echo\"".into(),
        ("name_len", _) if function.name == "parlor_client_call" => "4".into(),
        ("json", "const char *") => "\"{}\"".into(),
        ("json_len", _) => "2".into(),
        ("name", "const char *") => "\"n\"".into(),
        ("pcm" | "bytes", _) => "\"x\"".into(),
        (_, "const char *") => "\"x\"".into(),
        (_, "size_t") => "1".into(),
        _ if name.starts_with("out_") => format!("&{name}"),
        _ if type_.ends_with('*') => panic!("{}: no usual value for {type_} {name}", function.name),
        _ => "1".into(),
    }
}

fn is_pointer(type_: &str) -> bool {
    type_.ends_with('*') || type_.ends_with("_fn")
}

/// Whether the header lets the parameter be NULL while everything else is as usual.
fn may_be_null(function: &Function<'_>, name: &str) -> bool {
    let line = function.doc.lines().find(|line| line.contains(&format!("\\param {name} ")));
    let rest = function.doc.split(&format!("\\param {name} ")).nth(1).unwrap_or_default();
    let said = rest.split("\\param").next().unwrap_or_default();
    // "May be NULL with a length of 0" does not hold here, where the length is not 0; nor "when `capacity` is 0".
    let free = said.replace("\n *", " ").split_whitespace().collect::<Vec<_>>().join(" ");
    let free = free.to_ascii_lowercase();
    line.is_some()
        && free.contains("may be null")
        && !free.contains("may be null with")
        && !free.contains("null when `")
}

pub(crate) fn program() -> String {
    let header = header();
    let mut text = String::from(
        "#include \"check.h\"\n\n\
         static void on_event(const parlor_event *event, void *userdata)\n{\n    (void)event;\n    (void)userdata;\n}\n\n\
         static void on_free(void *userdata)\n{\n    (void)userdata;\n}\n\n\
         static void refused(parlor_status status, int line, const char *call)\n{\n\
         \x20   if (status == PARLOR_ERR_INVALID_ARGUMENT || status == PARLOR_ERR_BAD_HANDLE) return;\n\
         \x20   fprintf(stderr, \"%s\\n\", parlor_status_name(status));\n\
         \x20   check_failed(\"null_args.c\", line, call);\n}\n\n\
         static void run(void)\n{\n\
         \x20   parlor_options *options = testkit_options(\"testkit:\", PARLOR_DELIVERY_QUEUE);\n\
         \x20   parlor_client *client = testkit_client(\"testkit:\", PARLOR_DELIVERY_QUEUE, on_event, NULL, NULL);\n\
         \x20   OK(parlor_client_connect(client, 0, NULL));\n\
         \x20   OK(call(client, \"emit\", \"{}\", 1));\n\
         \x20   reader r = reader_of(client);\n\
         \x20   const parlor_event *event = reader_until(&r, PARLOR_EVENT_MESSAGE, 0);\n\
         \x20   parlor_batch *batch = r.batch;\n\
         \x20   char buffer[4096];\n    int userdata = 0;\n    float frames[8];\n    parlor_audio *audio = NULL;\n\
         \x20   OK(parlor_audio_open(client, 0, 0, &audio));\n\n",
    );
    for function in functions_of(&header) {
        write_calls(&mut text, &function);
    }
    text.push_str(
        "    (void)parlor_audio_close(audio);\n    reader_close(&r);\n    OK(parlor_client_destroy(client));\n    OK(parlor_options_free(options));\n}\n",
    );
    text
}

fn write_calls(text: &mut String, function: &Function<'_>) {
    let pointers: Vec<usize> =
        function.parameters.iter().enumerate().filter(|(_, (_, type_))| is_pointer(type_)).map(|(at, _)| at).collect();
    if pointers.is_empty() {
        return;
    }
    let _ = writeln!(text, "    {{");
    for (name, type_) in function.parameters.iter().filter(|(name, _)| name.starts_with("out_")) {
        let pointed = type_.strip_suffix('*').expect("an out parameter is a pointer").trim();
        let zero = if pointed.ends_with('*') { "NULL" } else { "0" };
        let _ = writeln!(text, "        {pointed} {name} = {zero};\n        (void){name};");
    }
    let arguments = |null: &dyn Fn(usize) -> bool| -> String {
        let each = function
            .parameters
            .iter()
            .enumerate()
            .map(|(at, (name, type_))| if null(at) { String::from("NULL") } else { usual(function, name, type_) });
        each.collect::<Vec<_>>().join(", ")
    };
    for at in pointers.iter().copied() {
        let (name, _) = function.parameters[at];
        let call = format!("{}({})", function.name, arguments(&|other| other == at));
        if !may_be_null(function, name) {
            let _ = writeln!(text, "        refused({call}, __LINE__, \"{}: {name}\");", function.name);
        } else if name == "out_len" || !name.starts_with("out_") {
            // Allowed: it must not crash, and what it made is released.
            let _ = writeln!(text, "        (void){call};");
        } else {
            let _ = writeln!(text, "        CHECK({call} != PARLOR_ERR_INVALID_ARGUMENT);");
        }
        if function.name == "parlor_client_new" && name != "out_client" {
            let _ = writeln!(text, "        OK(parlor_client_destroy(out_client));\n        out_client = NULL;");
        }
    }
    let _ = writeln!(text, "        (void){}({});", function.name, arguments(&|at| pointers.contains(&at)));
    let _ = writeln!(text, "    }}");
}
