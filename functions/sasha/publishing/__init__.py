"""How the page gets to where CloudFront finds it, told without AWS: the work of the site function alone."""
