//! The program: picks the face by name or first word, turns the outcome into an exit code.

fn main() -> std::process::ExitCode {
    logbus::cli::main(std::env::args_os())
}
