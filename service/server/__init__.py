"""The process: uvicorn, its connections, its workers."""
