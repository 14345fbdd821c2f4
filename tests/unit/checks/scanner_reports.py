"""Reports in the shape of modelaudit 0.2, modelscan 0.8, purser 0.3 and fickling 0.1; ``TARGET`` is the folder."""

from __future__ import annotations

from typing import Any

FORMATS = {"bad.pkl": "pickle", "good.pkl": "pickle", "sub/broken.bin": "pickle", "config.json": "json"}
"""The files that they are about."""

MODELAUDIT = {
    "issues": [
        {"message": "dangerous global: os.system", "severity": "critical", "location": "TARGET/bad.pkl (pos 21)"},
        {"message": "odd member", "severity": "warning", "location": "TARGET/good.pkl:data.pkl (pos 2)"},
        {"message": "for information", "severity": "info", "location": "TARGET/good.pkl"},
        {"message": "the whole", "severity": "warning", "location": None},
    ],
    "assets": [{"path": f"TARGET/{path}"} for path in FORMATS],
    "has_errors": False,
    "file_metadata": {
        "TARGET/bad.pkl": {"scan_outcome": "complete"},
        "TARGET/sub/broken.bin": {"scan_outcome": "inconclusive", "analysis_incomplete": True},
        "TARGET/config.json": {"analysis_incomplete": True},
    },
}
MODELSCAN = {
    "summary": {
        "scanned": {"total_scanned": 2, "scanned_files": ["good.pkl", "bad.pkl"]},
        "skipped": {
            "skipped_files": [
                {"category": "SCAN_NOT_SUPPORTED", "description": "did not scan", "source": "config.json"},
                {"category": "MAGIC_NUMBER", "description": "Invalid magic number", "source": "sub/broken.bin"},
            ]
        },
    },
    "issues": [
        {"description": "Use of unsafe operator 'system'", "source": "bad.pkl", "severity": "CRITICAL"},
        {"description": "Use of an operator", "source": "good.pkl", "severity": "MEDIUM"},
    ],
    "errors": [],
}
PURSER = {
    "files": [
        {
            "path": "TARGET/bad.pkl",
            "findings": [
                {
                    "rule_id": "PICKLE_DANGEROUS_IMPORT",
                    "severity": "CRITICAL",
                    "title": "imports `os.system`",
                    "file": "TARGET/bad.pkl",
                }
            ],
            "error": None,
        },
        {
            "path": "TARGET/sub/broken.bin",
            "findings": [
                {
                    "rule_id": "PICKLE_UNPARSEABLE",
                    "severity": "MEDIUM",
                    "title": "could not be parsed",
                    "file": "TARGET/sub/broken.bin",
                }
            ],
            "error": None,
        },
        {"path": "TARGET/good.pkl", "findings": [], "error": "no time"},
    ],
    "deep_findings": [{"rule_id": "X", "severity": "INFO", "title": "x", "file": ""}],
}
SAFE = {"severity": "LIKELY_SAFE", "analysis": "nothing", "detailed_results": {}}
CLEAN: dict[str, dict[str, Any]] = {
    "fickling": SAFE,
    "modelaudit": {
        "issues": [],
        "assets": [{"path": f"TARGET/{path}"} for path in FORMATS],
        "has_errors": False,
        "file_metadata": {},
    },
    "modelscan": {
        "summary": {"scanned": {"scanned_files": list(FORMATS)}},
        "issues": [],
        "errors": [],
    },
    "purser": {"files": [{"path": f"TARGET/{path}", "findings": [], "error": None} for path in FORMATS]},
}
