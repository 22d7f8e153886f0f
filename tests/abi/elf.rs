//! What the shared object tells the loader.

use std::process::Command;

use crate::library;

fn dynamic() -> Option<String> {
    let output = Command::new("readelf").arg("-d").arg(library::shared_object()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn soname_needed_and_nodelete() {
    if !cfg!(target_os = "linux") {
        println!("SKIPPED soname_needed_and_nodelete: this is not Linux");
        return;
    }
    let Some(text) = dynamic() else {
        println!("SKIPPED soname_needed_and_nodelete: there is no readelf on this machine");
        return;
    };
    assert!(text.contains("Library soname: [libparlor.so.0]"), "{text}");
    let flags = text.lines().find(|line| line.contains("FLAGS_1")).unwrap_or_default();
    assert!(
        flags.contains("NODELETE"),
        "the library must stay mapped: its threads and exit handlers live in it\n{text}"
    );
    assert!(!text.contains("RPATH") && !text.contains("RUNPATH"), "{text}");
    let allowed = ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"];
    for line in text.lines().filter(|line| line.contains("(NEEDED)")) {
        assert!(allowed.iter().any(|name| line.contains(&format!("[{name}]"))), "a library too many: {line}");
    }
}

#[test]
fn soname_is_the_binary_interface() {
    let header = crate::read("include/parlor.h");
    let abi = header.lines().find_map(|line| line.strip_prefix("#define PARLOR_ABI_VERSION ")).expect("it is defined");
    let build = crate::read("build.rs");
    assert!(build.contains(&format!("libparlor.so.{abi}")), "build.rs: the soname ends with PARLOR_ABI_VERSION, {abi}");
}

/// Links a C program with the archive and exactly the system libraries that the documentation names.
#[test]
fn static_archive_links_with_the_documented_libraries() {
    if std::env::var_os("PARLOR_TEST_STATIC").is_none() {
        println!("SKIPPED static_archive_links_with_the_documented_libraries: set PARLOR_TEST_STATIC=1 to link 100 MB");
        return;
    }
    let folder = std::env::temp_dir().join(format!("parlor-static-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the program");
    let source = folder.join("static.c");
    let program = folder.join("static");
    std::fs::write(
        &source,
        "#include \"parlor.h\"\nint main(void) { return parlor_check_abi(PARLOR_ABI_VERSION, PARLOR_VERSION_NUMBER); }\n",
    )
    .expect("the source is written");
    let mut cc = Command::new("cc");
    cc.arg("-I").arg(crate::file("include")).arg(&source).arg("-o").arg(&program).arg(library::archive());
    let output = cc.args(["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"]).output().expect("cc runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let status = Command::new(&program).status().expect("the program runs");
    assert!(status.success(), "{status}");
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
}
