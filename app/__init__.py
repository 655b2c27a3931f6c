"""The desktop: Qt, qasync and the thin macOS adapters. It imports the engine, never the other way."""
