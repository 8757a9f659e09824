"""The ports of core, on AWS and on Segmind."""
