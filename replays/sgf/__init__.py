"""Read and write games of Go as SGF, the format of Go programs (FF[4], https://www.red-bean.com/sgf/)."""
