/** The shells for which there is a script. */
export const shells = ['bash', 'zsh', 'fish'] as const;

/** One of {@link shells}. */
export type Shell = (typeof shells)[number];

/** Whether a word names one of {@link shells}. */
export function isShell(word: string): word is Shell {
  return shells.some((shell) => shell === word);
}

/**
 * Each asks `plimsoll __complete` with the words after the program's name, the one that is being typed last, and reads what
 * `complete.ts` prints. The bash of macOS (3.2) has no `compopt`; it only does without what that would add.
 */
export const completionScripts: Readonly<Record<Shell, string>> = {
  bash: `# bash completion for plimsoll
_plimsoll() {
  local line directive=4
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) directive=\${line#:} ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [ "$directive" = 0 ]; then compopt -o default 2>/dev/null; fi
}
complete -F _plimsoll plimsoll`,
  zsh: `#compdef plimsoll
# zsh completion for plimsoll
_plimsoll() {
  local line directive=4
  local -a found
  while IFS= read -r line; do
    case $line in
      :*) directive=\${line#:} ;;
      *$'\\t'*) found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
      *) found+=("\${line//:/\\\\:}") ;;
    esac
  done < <("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( directive == 0 )); then _files; else _describe plimsoll found; fi
}
if [ "$funcstack[1]" = _plimsoll ]; then _plimsoll "$@"; else compdef _plimsoll plimsoll; fi`,
  fish: `# fish completion for plimsoll
function __plimsoll_complete
  set -l typed (commandline -opc)
  set -l answer ($typed[1] __complete $typed[2..-1] (commandline -ct) 2>/dev/null)
  if test (count $answer) -gt 0; and test "$answer[-1]" = :0
    __fish_complete_path (commandline -ct)
  else
    string match --invert --regex '^:\\d+$' -- $answer
  end
end
complete --command plimsoll --no-files --arguments '(__plimsoll_complete)'`,
};
