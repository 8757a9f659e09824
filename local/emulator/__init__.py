"""An emulator of Segmind's v1 API: a server of its own that draws pictures, keeps books and fails on command."""
