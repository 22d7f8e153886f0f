//! What the shared library tells the loader about itself. The header is not made here: a test holds it to the sources.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        // The number is PARLOR_ABI_VERSION. `nodelete` keeps the library mapped after dlclose(), because the exit
        // handlers of its threads' local storage live in it.
        Ok("linux") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libparlor.so.0");
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        }
        // Plugins on Android are found by their plain name.
        Ok("android") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libparlor.so");
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        }
        Ok("macos" | "ios") => println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libparlor.0.dylib"),
        _ => {}
    }
}
