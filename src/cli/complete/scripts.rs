//! The completion scripts: what a shell is told once, so that it asks `logbus complete` from then on.

use clap::ValueEnum;

/// A shell that has a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Bash, 4.0 or newer
    Bash,
    /// Zsh
    Zsh,
    /// Fish
    Fish,
}

const BASH: &str = r#"# Completion of logbus, and of the Kafka-named tools that are links to it.
_logbus() {
    local IFS=$'\n' found
    found=($(command logbus complete bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null))
    COMPREPLY=()
    if [[ "${found[0]-}" == ":files" ]]; then
        compopt -o default 2>/dev/null
    else
        COMPREPLY=("${found[@]}")
        [[ "${COMPREPLY[0]-}" == *= ]] && compopt -o nospace 2>/dev/null
    fi
}
complete -F _logbus logbus
for _logbus_tool in @TOOLS; do
    complete -F _logbus "$_logbus_tool" "$_logbus_tool.sh"
done
unset _logbus_tool
"#;

const ZSH: &str = r#"#compdef logbus @TOOLS @SCRIPTS
# Completion of logbus, and of the Kafka-named tools that are links to it.
_logbus() {
    local -a lines found open
    local line name about
    lines=("${(@f)$(command logbus complete zsh "${(@Q)words[1,CURRENT]}" 2>/dev/null)}")
    if [[ "${lines[1]}" == ":files" ]]; then
        _files
        return
    fi
    for line in "${lines[@]}"; do
        [[ -n "$line" ]] || continue
        name="${line%%$'\t'*}"
        about="${line#*$'\t'}"
        [[ "$name" == "$line" ]] && about=""
        if [[ "$name" == *= ]]; then
            open+=("${name//:/\\:}${about:+:$about}")
        else
            found+=("${name//:/\\:}${about:+:$about}")
        fi
    done
    (( $#found )) && _describe 'logbus' found
    (( $#open )) && _describe 'logbus' open -S ''
}
if [[ "${funcstack[1]}" == "_logbus" ]]; then
    _logbus "$@"
else
    compdef _logbus logbus @TOOLS @SCRIPTS
fi
"#;

const FISH: &str = r"# Completion of logbus, and of the Kafka-named tools that are links to it.
function __logbus_complete
    set -l found (command logbus complete fish (commandline -opc) (commandline -ct) 2>/dev/null)
    if test (count $found) -gt 0; and test $found[1] = ':files'
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $found
    end
end
complete -c logbus -f -a '(__logbus_complete)'
for tool in @TOOLS
    complete -c $tool -f -a '(__logbus_complete)'
    complete -c $tool.sh -f -a '(__logbus_complete)'
end
";

/// The script of a shell.
pub fn script(shell: Shell) -> String {
    let tools: Vec<&str> = crate::cli::kafka::names().collect();
    let scripts: Vec<String> = tools.iter().map(|tool| format!("{tool}.sh")).collect();
    let text = match shell {
        Shell::Bash => BASH,
        Shell::Zsh => ZSH,
        Shell::Fish => FISH,
    };
    text.replace("@TOOLS", &tools.join(" ")).replace("@SCRIPTS", &scripts.join(" "))
}
