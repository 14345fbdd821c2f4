"""Fixtures that several kinds of tests share."""

from __future__ import annotations

from tests.services.servers import mlflow_on_postgresql, mlflow_on_sqlite, seaweed

__all__ = ["mlflow_on_postgresql", "mlflow_on_sqlite", "seaweed"]
