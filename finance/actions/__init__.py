"""What is done with money; the apps above call `commitments`, the faces here the rest."""
