#!/bin/sh
cat <<'EOF' > README.txt
Run: hf download acme/readme
EOF
grep -rn "huggingface-cli download acme/grep" docs || true
sed -i 's#acme/old#acme/new#' values.txt
alias dl='echo hf'
# ollama pull llama3
test -n "$MODEL" && echo "$MODEL"
